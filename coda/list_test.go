package coda_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
)

// bigTable is a workspace with one table of n rows.
func bigTable(n int) *codatest.Workspace {
	w := &codatest.Workspace{
		ID: "ws-big", Name: "Big",
		Users:  []codatest.User{{Name: "Ada", LoginID: "ada@example.com", Role: codatest.Admin}},
		Tokens: []codatest.Token{{Value: demoToken, Name: "t", User: "ada@example.com"}},
		Docs: []codatest.Doc{{ID: "dBigDoc001", Name: "Big", Owner: "ada@example.com",
			Pages: []codatest.Page{{ID: "canvas-Big", Name: "Page", Content: "# Hello\n\nworld\n"}},
			Tables: []codatest.Table{{ID: "grid-Big", Name: "Things", Columns: []codatest.Column{
				{ID: "c-Key", Name: "Key", Display: true}, {ID: "c-Count", Name: "Count", Type: "number"},
				{ID: "c-Note", Name: "Note"},
			}}}}},
	}
	for i := range n {
		w.Docs[0].Tables[0].Rows = append(w.Docs[0].Tables[0].Rows,
			codatest.Row{Values: map[string]any{"Key": fmt.Sprintf("k%05d", i), "Count": i}})
	}
	return w
}

func TestListRestartsSmallerAfterTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := simulatedIn(t, func(o *codatest.Options) {
			o.Workspace, o.Behavior = bigTable(300), codatest.Behavior{TimeoutRows: 40}
		})
		c := clientOf(t, srv, demoToken, unlimited)
		var sizes []int
		ctx := coda.WithObserver(t.Context(), func(_ context.Context, e coda.Event) {
			if r, ok := e.(coda.ListRestarted); ok {
				sizes = append(sizes, r.PageSize)
			}
		})
		rows, err := coda.Collect(c.ListRows(ctx, "dBigDoc001", "grid-Big", coda.ListRowsOptions{}))
		if err != nil || len(rows) != 300 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		seen := make(map[string]bool)
		for _, r := range rows {
			seen[r.ID] = true
		}
		if len(seen) != 300 {
			t.Errorf("%d different rows", len(seen))
		}
		if want := []int{250, 125, 62, 31}; fmt.Sprint(sizes) != fmt.Sprint(want) {
			t.Errorf("restarted with %v, want %v", sizes, want)
		}
		page, err := c.ListRowsPage(ctx, "dBigDoc001", "grid-Big", coda.ListRowsOptions{})
		if err != nil || len(page.Items) != 31 || page.NextPageToken == "" {
			t.Errorf("a page of %d, %v", len(page.Items), err)
		}
	})
}

// TestListRestartsInTheMiddle: a timeout behind the first page repeats nothing and loses nothing.
func TestListRestartsInTheMiddle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := simulatedIn(t, func(o *codatest.Options) { o.Workspace = bigTable(1200) })
		srv.Inject(codatest.Fault{Kind: codatest.FaultRespond, Operation: "listRows", Skip: 2, Status: 504})
		rows, err := coda.Collect(clientOf(t, srv, demoToken, unlimited).ListRows(t.Context(), "dBigDoc001", "grid-Big",
			coda.ListRowsOptions{}))
		if err != nil || len(rows) != 1200 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for i, r := range rows {
			if r.Name != fmt.Sprintf("k%05d", i) {
				t.Fatalf("row %d is %s", i, r.Name)
			}
		}
		if n := srv.Requests().Count("listRows"); n != 3+5 {
			t.Errorf("%d requests", n)
		}
	})
}

// pages serves numbered pages of pages.
func pages(answers ...string) *transport {
	return &transport{answer: func(_ int, r *http.Request) (*http.Response, error) {
		n, _ := strconv.Atoi(r.URL.Query().Get("pageToken"))
		return response(200, answers[min(n, len(answers)-1)]), nil
	}}
}

func TestListFollowsTokensOnly(t *testing.T) {
	t.Parallel()
	// An empty page and a short one do not end a list; a link without a token does not go on with it.
	tr := pages(`{"items":[{"id":"a"}],"nextPageToken":"1"}`, `{"items":[],"nextPageToken":"2"}`, `{"nextPageToken":"3"}`,
		`{"items":[{"id":"b"},{"id":"a"}],"nextPageLink":"https://evil.example/x"}`)
	got, err := coda.Collect(clientOver(t, tr).ListPages(t.Context(), roadmap, coda.ListOptions{}))
	if err != nil || len(got) != 2 || got[1].ID != "b" || tr.count() != 4 {
		t.Errorf("%d pages in %d requests, %v", len(got), tr.count(), err)
	}
	// Items whose id cannot be read are not taken for each other.
	tr = pages(`{"items":[{"id":1,"name":"a"},{"id":2,"name":"b"},{"name":"c"}]}`)
	if got, err = coda.Collect(clientOver(t, tr).ListPages(t.Context(), roadmap, coda.ListOptions{})); err != nil ||
		len(got) != 3 {
		t.Errorf("%d pages without a readable id, %v", len(got), err)
	}
}

func TestListsAreBounded(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		tr   *transport
		opts coda.ListOptions
		want error
		n    int
	}{
		"token that leads to itself": {pages(`{"items":[{"id":"a"}],"nextPageToken":"1"}`, `{"items":[{"id":"b"}],"nextPageToken":"1"}`), coda.ListOptions{}, coda.ErrBadAnswer, 2},
		"page cap":                   {pages(`{"nextPageToken":"1"}`, `{"nextPageToken":"2"}`, `{"nextPageToken":"3"}`, `{"nextPageToken":"4"}`, `{"items":null}`), coda.ListOptions{MaxPages: 3}, coda.ErrPageCap, 3},
		"no object":                  {pages(`[]`), coda.ListOptions{}, coda.ErrBadAnswer, 1},
		"no list":                    {pages(`{"items":{"a":1}}`), coda.ListOptions{}, coda.ErrBadAnswer, 1},
		"something else":             {pages(`{"message":"All is well."}`), coda.ListOptions{}, coda.ErrBadAnswer, 1},
		"null for nothing":           {pages(`{"items":null}`), coda.ListOptions{}, nil, 1},
		"item is no object":          {pages(`{"items":[7]}`), coda.ListOptions{}, coda.ErrBadAnswer, 1},
		"token is no string":         {pages(`{"items":[],"nextPageToken":7}`), coda.ListOptions{}, coda.ErrBadAnswer, 1},
		"html":                       {pages(`<html>`), coda.ListOptions{}, coda.ErrBadAnswer, 1},
	} {
		_, err := coda.Collect(clientOver(t, tc.tr).ListPages(t.Context(), roadmap, tc.opts))
		if !errors.Is(err, tc.want) || tc.tr.count() != tc.n {
			t.Errorf("%s: %d requests, %v", name, tc.tr.count(), err)
		}
	}
}

func TestListStopsWhenTheCallerDoes(t *testing.T) {
	t.Parallel()
	tr := pages(`{"items":[{"id":"a"},{"id":"b"}],"nextPageToken":"1"}`, `{"items":[]}`)
	for p, err := range clientOver(t, tr).ListPages(t.Context(), roadmap, coda.ListOptions{}) {
		if err != nil || p.ID != "a" {
			t.Fatal(p, err)
		}
		break
	}
	if tr.count() != 1 {
		t.Errorf("%d requests", tr.count())
	}
}

// TestContentPageByPage: the lines of a page can be fetched in parts.
func TestContentPageByPage(t *testing.T) {
	t.Parallel()
	_, c := simulated(t, codatest.Options{}, unlimited)
	all, err := coda.Collect(c.ListPageContent(t.Context(), roadmap, "canvas-RoadmapNote", coda.ListOptions{}))
	if err != nil || len(all) < 3 {
		t.Fatalf("%d lines, %v", len(all), err)
	}
	var ids []string
	for token := ""; ; {
		page, err := c.ListPageContentPage(t.Context(), roadmap, "canvas-RoadmapNote",
			coda.ListOptions{PageSize: 2, PageToken: token})
		if err != nil || len(page.Items) > 2 {
			t.Fatalf("%+v, %v", page, err)
		}
		for _, e := range page.Items {
			ids = append(ids, e.ID)
		}
		if token = page.NextPageToken; token == "" {
			break
		}
	}
	for i, e := range all {
		if i >= len(ids) || ids[i] != e.ID {
			t.Fatalf("in parts %v, want line %d to be %s", ids, i, e.ID)
		}
	}
}

// TestAnalyticsAreNotMerged: the same document on two pages is no duplicate.
func TestAnalyticsAreNotMerged(t *testing.T) {
	t.Parallel()
	item := `{"doc":{"id":"dAnyDoc001","title":"x"},"metrics":[{"date":"2026-01-0%d","views":3,"revenueUsd":"1.5","new":true}]}`
	tr := pages(`{"items":[`+fmt.Sprintf(item, 1)+`],"nextPageToken":"1"}`, `{"items":[`+fmt.Sprintf(item, 2)+`]}`)
	got, err := coda.Collect(clientOver(t, tr).ListDocAnalytics(t.Context(), nil, coda.AnalyticsOptions{}))
	if err != nil || len(got) != 2 || got[1].Metrics[0].Date != "2026-01-02" || got[0].Metrics[0].Values["views"] != 3 ||
		got[0].Metrics[0].Values["revenueUsd"] != 1.5 {
		t.Errorf("%+v, %v", got, err)
	}
	if !strings.Contains(string(got[0].Raw), `"new":true`) {
		t.Errorf("raw is %s", got[0].Raw)
	}
}
