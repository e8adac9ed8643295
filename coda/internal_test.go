package coda

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestCut: chunks cover all rows once and in order, none is over a limit unless one row is, and none could take the next row.
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
	for range 20 {
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
		0: {""}, 3: {"abc"}, 5: {"a\nb\n"[:3], "c"}, 8: {"é😀", "\n"}, 4: {true}, 6: {json.Number("123456")}, 2: {[]any{"a", []any{"b"}}},
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

// TestColumnChecks: what each column type takes, in which form it is sent, and what it refuses.
func TestColumnChecks(t *testing.T) {
	t.Parallel()
	options := []SelectOption{{Name: "Done"}, {Name: "In progress"}}
	col := func(kind string, change ...func(*Column)) *Column {
		c := &Column{ID: "c-x", Name: "X", Format: Format{Type: kind}}
		for _, f := range change {
			f(c)
		}
		return c
	}
	array := func(c *Column) { c.Format.IsArray = true }
	withOptions := func(c *Column) { c.Format.Options = options }
	bounds := func(c *Column) {
		c.Format.Minimum, c.Format.Maximum = json.RawMessage("1"), json.RawMessage("10")
	}
	num := func(s string) json.Number { return json.Number(s) }
	refused := "REFUSED"
	for _, tc := range []struct {
		col  *Column
		in   any
		want any
	}{
		{col(ColText), "a", "a"}, {col(ColText), 12, "12"}, {col(ColText), 1.5, "1.5"}, {col(ColText), true, "true"}, {col(ColText), nil, ""},
		{col(ColText), []any{"a"}, "a"}, {col(ColText), []any{}, ""}, {col(ColText), []any{"a", "b"}, refused}, {col(ColText), map[string]any{"x": 1}, refused},
		{col(ColCanvas), "# a", "# a"},
		{col(ColNumber), 12, num("12")}, {col(ColNumber), "12.5", num("12.5")}, {col(ColNumber), " 7 ", num("7")}, {col(ColNumber), "+7", num("7")}, {col(ColNumber), "1,000", refused},
		{col(ColNumber), "", ""}, {col(ColNumber), true, refused}, {col(ColNumber), "NaN", refused}, {col(ColNumber), "45%", refused}, {col(ColNumber), 1e21, num("1000000000000000000000")},
		{col(ColPercent), "45%", "45%"}, {col(ColPercent), 0.45, num("0.45")}, {col(ColPercent), "x%", refused},
		{col(ColCurrency), Money{Amount: "12.50", Currency: "EUR"}, num("12.50")}, {col(ColCurrency), map[string]any{"amount": 7.0, "currency": "EUR"}, num("7")}, {col(ColCurrency), "$7", refused},
		{col(ColScale, bounds), 3, num("3")}, {col(ColScale, bounds), 11, refused}, {col(ColScale, bounds), -1, refused}, {col(ColSlider, bounds), 0, refused}, {col(ColSlider), 400, num("400")},
		{col(ColCheckbox), true, true}, {col(ColCheckbox), "True", true}, {col(ColCheckbox), "yes", refused}, {col(ColCheckbox), 1, refused},
		{col(ColDate), "2026-03-01", "2026-03-01"}, {col(ColDate), "04/03", refused}, {col(ColDate), 1767225600, refused}, {col(ColDate), "12:30", refused}, {col(ColDate), "tomorrow", refused},
		{col(ColDateTime), "2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z"}, {col(ColDateTime), "2026-03-01 12:00", "2026-03-01 12:00"}, {col(ColDateTime), "2026-13-01", refused},
		{col(ColTime), "12:30", "12:30"}, {col(ColTime), "25:00", refused},
		{col(ColDuration), "2 days", "2 days"}, {col(ColDuration), 3, refused},
		{col(ColSelect, withOptions), "Done", "Done"}, {col(ColSelect, withOptions), "in  PROGRESS", "In progress"}, {col(ColSelect, withOptions), "Dnoe", refused},
		{col(ColSelect, withOptions), []any{"Done", "In progress"}, refused}, {col(ColSelect, withOptions, array), []any{"Done", "In progress"}, []any{"Done", "In progress"}},
		{col(ColSelect, withOptions, array), []any{"Done", "Nope"}, refused}, {col(ColSelect, withOptions, array), "Done", "Done"}, {col(ColSelect), "anything", "anything"},
		{col(ColPerson), Person{Name: "Ada", Email: "ada@example.com"}, "ada@example.com"}, {col(ColPerson), "Ada", "Ada"}, {col(ColPerson), 7, refused},
		{col(ColPerson, array), []any{map[string]any{"name": "A", "email": "a@b.c"}, "b@b.c"}, []any{"a@b.c", "b@b.c"}}, {col(ColPerson), []any{"a", "b"}, refused},
		{col(ColEmail), "ada@example.com", "ada@example.com"}, {col(ColEmail), "ada", refused},
		{col(ColLink), "https://a.example", "https://a.example"}, {col(ColLink), Link{Name: "A", URL: "https://a.example"}, "https://a.example"}, {col(ColLink), "two words", refused},
		{col(ColImage), "https://a.example/x.png", "https://a.example/x.png"}, {col(ColImage), "x.png", refused}, {col(ColAttachments), []any{"https://a.example/1", "http://a.example/2"}, []any{"https://a.example/1", "http://a.example/2"}},
		{col(ColRelation), Relation{Name: "A", RowID: "i-a"}, "i-a"}, {col(ColRelation), "Apple", "Apple"}, {col(ColRelation), 12, "12"}, {col(ColRelation), true, refused},
		{col(ColReaction, array), []any{"👍"}, []any{"👍"}}, {col(ColReaction), 1, refused},
		{col(ColButton), "x", refused}, {col(ColText, func(c *Column) { c.Calculated = true }), "x", refused}, {col(ColNumber, func(c *Column) { c.Calculated = true }), "", refused},
		{col("hologram"), []any{"a", []any{"b"}}, []any{"a", []any{"b"}}}, {col("hologram"), true, true},
		{col(ColSelect, array), []any{[]any{"a"}}, refused}, {col("hologram"), []any{[]any{[]any{"a"}}}, refused},
	} {
		got, err := normalize(tc.in)
		if err == nil {
			got, err = tc.col.check(got)
		}
		if err != nil {
			got = refused
			var r *refusal
			if errors.As(err, &r) && (r.accepted == "" || r.problem == "") {
				t.Errorf("%s, %v: says neither what is wrong nor what would do: %v", tc.col.Format.Type, tc.in, err)
			}
		}
		if fmt.Sprintf("%T %v", got, got) != fmt.Sprintf("%T %v", tc.want, tc.want) {
			t.Errorf("%s, %#v: sent as %#v (%v), want %#v", tc.col.Format.Type, tc.in, got, err, tc.want)
		}
	}
}

func FuzzErrorBody(f *testing.F) {
	for _, s := range []string{`{"message":"m","codaDetail":{"validationErrors":[{"path":"a","message":"b"}]}}`, `{"codaDetail":{"issues":[{"path":["a",1],"message":"b"}]}}`,
		`<html>`, ``, `[]`, `{"message":7}`, `{"codaDetail":"x"}`, "\xff\x00"} {
		f.Add(400, []byte(s))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		e := &Error{Op: OpGetDoc, StatusCode: status}
		e.parseErrorBody(body)
		kind := kindOf(status, e.Message)
		e.kinds, e.Hint = []error{kind}, hintOf(e.Op, kind)
		text := e.Error()
		if !utf8.ValidString(text) || strings.ContainsAny(text, "\n\r\x00") || len(text) > 20_000 {
			t.Fatalf("%d %q: %q", status, body, text)
		}
		if !errors.Is(e, kind) {
			t.Fatal("the error does not match its kind")
		}
	})
}

func FuzzDecodeExport(f *testing.F) {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, _ = w.Write([]byte("# Title"))
	_ = w.Close()
	for _, s := range []string{z.String(), z.String()[:10], "# plain", "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "\xef\xbb\xbf \n<?xml ?>\n<Error/>", "<?xml ?><html>", "\x1f\x8b"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		text, err := decodeExport(raw, 1000)
		if err == nil && (!utf8.ValidString(text) || len(text) > 3*max(1000, len(raw))) {
			t.Fatalf("%q became %q", raw, text)
		}
		if err != nil && !errors.Is(err, errDeadLink) {
			if _, ok := asError(err); !ok {
				t.Fatalf("%q: %v", raw, err)
			}
		}
	})
}

func FuzzExportStatus(f *testing.F) {
	f.Add([]byte(`{"id":"a","status":"complete","downloadLink":"https://docs.superhuman.com/blobs/x"}`))
	f.Add([]byte(`{"downloadLink":"file:///etc/passwd"}`))
	f.Add([]byte(`{"downloadLink":["x"],"error":{}}`))
	c := &Client{cfg: Config{DownloadHosts: []string{"coda.io", ".coda.io"}}, base: &url.URL{Scheme: "https", Host: "api.test", Path: "/apis/v1"}}
	f.Fuzz(func(t *testing.T, body []byte) {
		var e PageExport
		if decode(body, &e) != nil || e.DownloadLink == "" {
			return
		}
		u, err := c.base.Parse(e.DownloadLink)
		if err != nil || c.checkBlobURL(u) != nil {
			return
		}
		host := strings.ToLower(u.Hostname())
		if u.Scheme != "https" || host != "coda.io" && host != "api.test" && !strings.HasSuffix(host, ".coda.io") {
			t.Fatalf("%q may be downloaded", e.DownloadLink)
		}
	})
}

func FuzzCursor(f *testing.F) {
	f.Add("")
	f.Add((&Found{}).stop(findCursor{Token: "abc", Skip: 3}, "").Cursor)
	f.Add("eyJzIjotMX0")
	f.Fuzz(func(t *testing.T, s string) {
		at, err := parseCursor(s)
		if err != nil {
			return
		}
		if at.Skip < 0 {
			t.Fatalf("%q: %+v", s, at)
		}
		again, err := parseCursor((&Found{}).stop(at, "").Cursor)
		if err != nil || utf8.ValidString(at.Token) && again != at {
			t.Fatalf("%q: %+v became %+v, %v", s, at, again, err)
		}
	})
}
