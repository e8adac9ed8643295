package coda

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestCut: chunks cover all rows once and in order, none is over a limit unless one row is, and none could take the
// next row.
func TestCut(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		sizes := make([]int, rng.IntN(300))
		for i := range sizes {
			sizes[i] = 1 + rng.IntN(1+rng.IntN(400))
		}
		maxItems, maxBytes := 1+rng.IntN(100), 1+rng.IntN(2000)
		next := 0
		spans := cut(sizes, maxItems, maxBytes)
		for n, s := range spans {
			if s.first != next || s.end <= s.first {
				t.Fatalf("chunk %d is %v, want it to begin at %d", n, s, next)
			}
			next = s.end
			total := 0
			for _, size := range sizes[s.first:s.end] {
				total += size
			}
			if s.end-s.first > maxItems || total > maxBytes && s.end-s.first > 1 {
				t.Fatalf("chunk %v has %d bytes; limits are %d rows, %d bytes", s, total, maxItems, maxBytes)
			}
			if s.end < len(sizes) && s.end-s.first < maxItems && total+sizes[s.end] <= maxBytes {
				t.Fatalf("chunk %v could take row %d", s, s.end)
			}
		}
		if next != len(sizes) {
			t.Fatalf("%d of %d rows are in chunks", next, len(sizes))
		}
	}
}

// TestChunksKeepTheLimits with real rows: the encoded request stays below the limit that chunks are cut for.
func TestChunksKeepTheLimits(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(7, 8))
	tries := 20
	if testing.Short() {
		tries = 3
	}
	for range tries {
		edits := make([]RowEdit, 1+rng.IntN(250))
		for i := range edits {
			edits[i] = RowEdit{Cells: []CellEdit{{"c-a", strings.Repeat("x\n\"<é", rng.IntN(4_000))}, {"c-b", json.Number("1")}}}
		}
		keys := []string{"c-a"}
		spans, err := chunkRows(edits, keys)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range spans {
			body, err := encode(RowsUpsert{Rows: edits[s.first:s.end], KeyColumns: keys})
			if err != nil || len(body) > chunkBytesMax || s.end-s.first > chunkRowsMax {
				t.Fatalf("chunk %v is %d bytes, %v", s, len(body), err)
			}
		}
	}
}

func TestRowBytes(t *testing.T) {
	t.Parallel()
	for want, values := range map[int][]any{
		0: {""}, 3: {"abc"}, 5: {"a\nb\n"[:3], "c"}, 8: {"é😀", "\n"}, 4: {true}, 6: {json.Number("123456")},
		2: {[]any{"a", []any{"b"}}},
	} {
		edit := RowEdit{}
		for _, v := range values {
			edit.Cells = append(edit.Cells, CellEdit{"c", v})
		}
		if got := rowBytes(edit); got != want {
			t.Errorf("%q is %d bytes, want %d", values, got, want)
		}
	}
}
