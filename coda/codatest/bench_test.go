package codatest

import "testing"

// What the simulation costs by itself, so that benchmarks of a client can be
// read: all of 10 000 rows, 500 at a time.
func BenchmarkListRows(b *testing.B) {
	a := newAPI(b, Options{Workspace: manyRows(10_000, 8)})
	for b.Loop() {
		path, seen := "/docs/dBig/tables/Numbers/rows?limit=500&valueFormat=rich", 0
		for path != "" {
			o := a.get(path)
			seen += len(items(o))
			path = ""
			if tok, ok := o["nextPageToken"].(string); ok {
				path = "/docs/dBig/tables/Numbers/rows?pageToken=" + tok
			}
		}
		if seen != 10_000 {
			b.Fatalf("%d rows", seen)
		}
	}
}

// 1 000 rows upserted by key into as many, 100 at a time.
func BenchmarkUpsertRows(b *testing.B) {
	a := newAPI(b, Options{Workspace: manyRows(1_000, 8)})
	for b.Loop() {
		for chunk := range 10 {
			var rows []obj
			for i := range 100 {
				rows = append(rows, obj{"cells": []obj{{"column": "N", "value": chunk*100 + i},
					{"column": "Extra 1", "value": "x"}}})
			}
			a.call(202, "POST", "/docs/dBig/tables/Numbers/rows", obj{"rows": rows, "keyColumns": []string{"N"}})
		}
	}
}
