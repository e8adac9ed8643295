package coda_test

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
)

// A page token of Coda's holds the question. Whoever holds one that went through a view cannot write another question
// into it, nor take it to another list or view; as it was given it goes on.
func TestPageTokensThroughAView(t *testing.T) {
	t.Parallel()
	_, free := simulated(t, codatest.Options{Workspace: codatest.Demo()}, unlimited)
	view := func(key string, keys ...string) *coda.Client {
		v := &coda.View{
			Key:   key,
			Doc:   func(context.Context, coda.Use, coda.DocID, *coda.Lies) error { return nil },
			Place: func(context.Context, coda.Use, string, string) error { return nil },
			Hidden: func(context.Context, coda.DocID) ([][]coda.Hide, error) {
				return [][]coda.Hide{{{Table: "grid-Features01", Columns: []string{"Cost"}}}}, nil
			},
		}
		for _, k := range keys {
			v.TokenKeys = append(v.TokenKeys, []byte(k))
		}
		return free.As(v)
	}
	list := func(c *coda.Client, table, token string) (coda.Page[coda.Row], error) {
		return c.ListRowsPage(t.Context(), codatest.DemoRoadmap, table,
			coda.ListRowsOptions{ListOptions: coda.ListOptions{PageSize: 2, PageToken: token}})
	}
	seen := view("a", "one")
	first, err := list(seen, "grid-Features01", "")
	if err != nil || first.NextPageToken == "" {
		t.Fatal(first, err)
	}
	_, raw, _ := strings.Cut(first.NextPageToken, ".")
	text, err := base64.RawURLEncoding.DecodeString(raw)
	if err != nil {
		t.Fatal(err)
	}
	another := strings.NewReplacer("limit=2", "limit=2&query=c-FeatCost01:12400", `"o":2`, `"o":0`).Replace(string(text))
	forged := base64.RawURLEncoding.EncodeToString([]byte(another))
	if page, err := list(free, "grid-Features01", forged); err != nil || len(page.Items) != 1 {
		t.Fatalf("the forged token finds nothing where nothing is hidden: %d rows, %v", len(page.Items), err)
	}
	signature, _, _ := strings.Cut(first.NextPageToken, ".")
	for name, c := range map[string]struct {
		client       *coda.Client
		table, token string
		good         bool
	}{
		"as it was given":      {client: seen, token: first.NextPageToken, good: true},
		"another replica":      {client: view("a", "two", "one"), token: first.NextPageToken, good: true},
		"another key":          {client: view("a", "two"), token: first.NextPageToken},
		"another view":         {client: view("b", "one"), token: first.NextPageToken},
		"another table":        {client: seen, table: "grid-Releases01", token: first.NextPageToken},
		"forged":               {client: seen, token: forged},
		"forged, signed as is": {client: seen, token: signature + "." + forged},
		"Coda's own":           {client: seen, token: raw},
		"nothing":              {client: seen, token: "."},
	} {
		if c.table == "" {
			c.table = "grid-Features01"
		}
		page, err := list(c.client, c.table, c.token)
		refused, _ := errors.AsType[*coda.RefusedError](err)
		if c.good && (err != nil || len(page.Items) == 0) || !c.good && refused == nil {
			t.Errorf("%s: %d rows, %v", name, len(page.Items), err)
		}
	}
}
