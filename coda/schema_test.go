package coda_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
)

// TestColumnsOfOneName are told apart by id, and never guessed.
func TestColumnsOfOneName(t *testing.T) {
	t.Parallel()
	w := bigTable(1)
	w.Docs[0].Tables[0].Columns = append(w.Docs[0].Tables[0].Columns,
		codatest.Column{ID: "c-Note2", Name: "Note", Type: "number"})
	_, c := simulated(t, codatest.Options{Workspace: w}, unlimited)
	s, err := c.Schema(t.Context(), bigDoc, bigTable1)
	if err != nil {
		t.Fatal(err)
	}
	var ambiguous *coda.AmbiguousError
	for _, name := range []string{"Note", "note", " NOTE "} {
		if _, err := s.Column(name); !errors.As(err, &ambiguous) || len(ambiguous.Candidates) != 2 ||
			!strings.Contains(err.Error(), "c-Note2 (number column)") {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := c.InsertRows(t.Context(), bigDoc, bigTable1, []coda.Record{{"Key": "a", "Note": "x"}},
		coda.UpsertOptions{}); !errors.Is(err, coda.ErrInvalid) || !strings.Contains(err.Error(), "2 columns are called") {
		t.Errorf("written by an ambiguous name: %v", err)
	}
	if _, err := c.InsertRows(t.Context(), bigDoc, bigTable1, []coda.Record{{"key": "a", "c-Note": "x", "c-Note2": 7}},
		coda.UpsertOptions{}); err != nil {
		t.Fatal(err)
	}
	found, err := coda.Collect(c.ListRows(t.Context(), bigDoc, bigTable1, coda.ListRowsOptions{Query: `"Key":"a"`}))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	got := s.Record(found[0])
	if got["Key"] != "a" || got["c-Note"] != "x" || got["c-Note2"] != json.Number("7") || got["Note"] != nil {
		t.Errorf("read as %v", got)
	}
	if d := s.DisplayColumn(); d == nil || d.ID != "c-Key" {
		t.Errorf("display column %+v", d)
	}
}

// TestColumnsThatAreNew can be resolved although the table's columns are remembered from before.
func TestColumnsThatAreNew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := simulatedIn(t)
		c := clientOf(t, srv, demoToken, unlimited)
		if _, err := c.Schema(t.Context(), roadmap, features); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		srv.Doc(roadmap).Table("Features").AddColumn(codatest.Column{ID: "c-New01", Name: "Review"})
		col, err := c.ResolveColumn(t.Context(), roadmap, "Features", "review")
		if err != nil || col.ID != "c-New01" || col.Table != features || col.Kind != coda.KindColumn {
			t.Errorf("%+v, %v", col, err)
		}
		if _, err := c.ResolveColumn(t.Context(), roadmap, features, "Nothing"); !errors.Is(err, coda.ErrNotFound) {
			t.Errorf("no such column: %v", err)
		}
	})
}

func TestDescribeTable(t *testing.T) {
	t.Parallel()
	srv, c := simulated(t, codatest.Options{}, func(cfg *coda.Config) { cfg.Account = "ada" })
	for range 2 {
		d, err := c.DescribeTable(t.Context(), roadmap, "Features")
		if err != nil || d.Table.ID != features || d.Table.TableType != coda.TypeTable {
			t.Fatal(err)
		}
		status, _ := d.Column("Status")
		release, _ := d.Column("Release")
		start, _ := d.Column("Start")
		if len(status.Format.Options) != 4 || release.Format.Table.ID != "grid-Releases01" || start.Writable() ||
			!strings.Contains(start.Format.Action, "ModifyRows") {
			t.Errorf("%+v %+v %+v", status.Format, release.Format, start.Format)
		}
	}
	if got := fmt.Sprint(srv.Requests().Counts()); got != "map[getTable:2 listColumns:1]" {
		t.Errorf("cost %s", got)
	}
}

func TestTimeJSON(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`"2026-01-02T03:04:05.678Z"`: `"2026-01-02T03:04:05.678Z"`, `"2026-01-02"`: `"2026-01-02T00:00:00Z"`, `"soon"`: `null`, `7`: `null`, `null`: `null`,
	} {
		var got coda.Time
		if err := json.Unmarshal([]byte(in), &got); err != nil {
			t.Errorf("%s: %v", in, err)
		}
		out, err := json.Marshal(got)
		if err != nil || string(out) != want {
			t.Errorf("%s became %s, %v", in, out, err)
		}
	}
	if out, err := json.Marshal(coda.Mutation{RequestID: "r", Op: coda.OpCreatePage, Doc: roadmap,
		AcceptedAt: time.Unix(0, 0).UTC()}); err != nil ||
		string(out) != `{"requestId":"r","op":"createPage","doc":"dRoadmap01","acceptedAt":"1970-01-01T00:00:00Z"}` {
		t.Errorf("%s, %v", out, err)
	}
}
