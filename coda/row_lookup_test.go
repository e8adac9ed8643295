package coda_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
)

// TestResolveRows: rows in the order in which they are named, several names by one reading.
func TestResolveRows(t *testing.T) {
	t.Parallel()
	srv, c := simulated(t, codatest.Options{Workspace: stock(40)})
	ctx := coda.Afresh(t.Context())
	refs := []string{"i-Stock000003", "Item 2", "https://coda.io/d/_d" + stockDoc + "#Stock_tStock0001/_rui-Stock000001"}
	for i := 10; i < 30; i++ {
		refs = append(refs, fmt.Sprint("item ", i))
	}
	rows, err := c.ResolveRows(ctx, stockDoc, stockTable, refs)
	if err != nil || len(rows) != len(refs) || rows[0].ID != "i-Stock000003" || rows[1].ID != "i-Stock000002" ||
		rows[2].ID != "i-Stock000001" || rows[22].ID != "i-Stock000029" {
		t.Fatalf("%+v, %v", rows, err)
	}
	if n := srv.Requests().Counts()["listRows"]; n > 2 {
		t.Errorf("%d listings of rows", n)
	}
	var unknown *coda.UnknownNameError
	if _, err = c.ResolveRows(ctx, stockDoc, stockTable, []string{"Item 1", "Itm 2"}); !errors.As(err, &unknown) ||
		!strings.Contains(err.Error(), "Item 2") {
		t.Errorf("misspelt: %v", err)
	}
	srv.Doc(stockDoc).Table("Stock").AddRow(map[string]any{"Name": "Item 1"})
	var ambiguous *coda.AmbiguousError
	if _, err = c.ResolveRows(coda.Afresh(t.Context()), stockDoc, stockTable, []string{"Item 1"}); !errors.As(err,
		&ambiguous) || len(ambiguous.Candidates) != 2 {
		t.Errorf("two of the name: %v", err)
	}
	if _, err = c.ResolveRows(ctx, stockDoc, stockTable,
		[]string{"https://coda.io/apis/v1/docs/" + stockDoc + "/tables/grid-Other/rows/i-Stock000001"}); !errors.Is(err,
		coda.ErrInvalid) {
		t.Errorf("a row of another table: %v", err)
	}
}
