package coda

import "fmt"

// Limits of one upsert request: a hundred rows, and three quarters of the 2 MB that Coda takes.
const (
	chunkRowsMax  = 100
	chunkBytesMax = 1_500_000
)

// span is a run of rows: first ≤ index < end.
type span struct{ first, end int }

// chunkRows cuts rows into requests.
func chunkRows(edits []RowEdit, keys []string) ([]span, error) {
	envelope, err := encode(RowsUpsert{Rows: []RowEdit{}, KeyColumns: keys})
	if err != nil {
		return nil, err
	}
	sizes := make([]int, len(edits))
	for i, edit := range edits {
		raw, err := encode(edit)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", i, err)
		}
		sizes[i] = len(raw) + 1
	}
	return cut(sizes, chunkRowsMax, chunkBytesMax-len(envelope)), nil
}

// cut divides a sequence into the fewest runs of at most maxItems items and maxBytes bytes. An item that is larger by
// itself is a run of its own.
func cut(sizes []int, maxItems, maxBytes int) []span {
	var spans []span
	first, bytes := 0, 0
	for i, size := range sizes {
		if i > first && (i-first == maxItems || bytes+size > maxBytes) {
			spans = append(spans, span{first, i})
			first, bytes = i, 0
		}
		bytes += size
	}
	if first < len(sizes) {
		spans = append(spans, span{first, len(sizes)})
	}
	return spans
}
