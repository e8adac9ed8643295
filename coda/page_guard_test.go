package coda_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
)

// TestPageGuard: nothing destroys what stands on a page unless it is forced to.
func TestPageGuard(t *testing.T) {
	t.Parallel()
	replace := func(force bool, element string) coda.PageUpdate {
		return coda.PageUpdate{Force: force, ContentUpdate: &coda.ContentUpdate{InsertionMode: coda.Replace,
			ElementID: element, CanvasContent: coda.Content{Format: coda.Markdown, Content: "new"}}}
	}
	for name, tc := range map[string]struct {
		call func(*coda.Client, context.Context, string, bool) error
		op   string
	}{
		"replace": {func(c *coda.Client, ctx context.Context, page string, force bool) error {
			return only(c.UpdatePage(ctx, roadmap, page, replace(force, "")))
		}, "updatePage"},
		"clear": {func(c *coda.Client, ctx context.Context, page string, force bool) error {
			return only(c.DeletePageContent(ctx, roadmap, page, coda.PageContentDelete{Force: force}))
		}, "deletePageContent"},
		"delete": {func(c *coda.Client, ctx context.Context, page string, force bool) error {
			return only(c.DeletePage(ctx, roadmap, page, coda.DeletePageOptions{Force: force}))
		}, "deletePage"},
	} {
		srv, c := simulated(t, codatest.Options{}, unlimited)
		for _, page := range []string{"canvas-RoadmapFeat", "Features", "Overview"} {
			var owns *coda.PageOwnsObjectsError
			err := tc.call(c, t.Context(), page, false)
			if !errors.As(err, &owns) || !errors.Is(err, coda.ErrPageOwnsObjects) ||
				!strings.Contains(err.Error(), owns.Objects[0].ID) {
				t.Errorf("%s of %s: %v", name, page, err)
			}
			if page == "Features" && len(owns.Objects) != 3 {
				t.Errorf("%s owns %+v", page, owns.Objects)
			}
		}
		if n := srv.Requests().Count(tc.op); n != 0 {
			t.Errorf("%s: %d requests got through", name, n)
		}
		if err := tc.call(c, t.Context(), "canvas-RoadmapNote", false); err == nil {
			t.Errorf("%s of a page with a table on it went through", name)
		}
		if err := tc.call(c, t.Context(), "canvas-RoadmapIdea", false); err != nil {
			t.Errorf("%s of a page that owns nothing: %v", name, err)
		}
		if err := tc.call(c, t.Context(), "canvas-RoadmapFeat", true); err != nil {
			t.Errorf("forced %s: %v", name, err)
		}
		// Where it cannot be seen what stands on the page, nothing is destroyed either.
		blind := clientOf(t, srv, codatest.DemoTokenWriteOnly, unlimited)
		srv.ResetRequests()
		if err := tc.call(blind, t.Context(), "canvas-RoadmapOver", false); err == nil || srv.Requests().Count(tc.op) != 0 {
			t.Errorf("%s with a write-only token: %v", name, err)
		}
	}
	srv, c := simulated(t, codatest.Options{}, unlimited)
	lines, err := coda.Collect(c.ListPageContent(t.Context(), roadmap, "canvas-RoadmapFeat", coda.ListOptions{}))
	if err != nil || len(lines) == 0 {
		t.Fatal(err)
	}
	if _, err := c.UpdatePage(t.Context(), roadmap, "canvas-RoadmapFeat", replace(false, lines[0].ID)); err != nil {
		t.Errorf("replacing one element: %v", err)
	}
	page, _ := srv.Doc(roadmap).Page("canvas-RoadmapFeat")
	if text := page.Markdown(); !strings.Contains(text, "new\n") || !strings.Contains(text, "{{table:") {
		t.Errorf("the page is %q", text)
	}
}

// TestPageGuardAndChangeMeanTheSamePage: Coda takes any page of a name, perhaps not the one that was looked at.
func TestPageGuardAndChangeMeanTheSamePage(t *testing.T) {
	t.Parallel()
	var changed []string
	tr := &transport{answer: func(_ int, r *http.Request) (*http.Response, error) {
		if r.Method != "GET" {
			changed = append(changed, r.Method+" "+strings.TrimPrefix(r.URL.Path, "/apis/v1/docs/"+roadmap))
			return response(202, `{"requestId":"r"}`), nil
		}
		if strings.HasSuffix(r.URL.Path, "/pages/Notes") {
			return response(200, `{"id":"canvas-seen","name":"Notes"}`), nil
		}
		return response(200, `{"items":[]}`), nil
	}}
	c, ctx := clientOver(t, tr), t.Context()
	for _, err := range []error{
		only(c.UpdatePage(ctx, roadmap, "Notes",
			coda.PageUpdate{ContentUpdate: &coda.ContentUpdate{InsertionMode: coda.Replace}})),
		only(c.DeletePageContent(ctx, roadmap, "Notes", coda.PageContentDelete{})),
		only(c.DeletePage(ctx, roadmap, "Notes", coda.DeletePageOptions{})),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	if got := strings.Join(changed, ", "); got != "PUT /pages/canvas-seen, DELETE /pages/canvas-seen/content, DELETE "+
		"/pages/canvas-seen" {
		t.Errorf("changed %s", got)
	}
}

// TestPageGuardIsNotTricked by what Coda might read as the whole page or as a table.
func TestPageGuardIsNotTricked(t *testing.T) {
	t.Parallel()
	tr := &transport{}
	c, ctx := clientOver(t, tr), t.Context()
	update := func(mode coda.InsertionMode, element string) error {
		return only(c.UpdatePage(ctx, roadmap, "canvas-a",
			coda.PageUpdate{ContentUpdate: &coda.ContentUpdate{InsertionMode: mode, ElementID: element}}))
	}
	for name, err := range map[string]error{
		"no mode":          update("", ""),
		"other spelling":   update("Replace", ""),
		"table as element": update(coda.Replace, "grid-Features01"),
		"empty element": only(c.DeletePageContent(ctx, roadmap, "canvas-a",
			coda.PageContentDelete{ElementIDs: []string{""}})),
		"table to delete": only(c.DeletePageContent(ctx, roadmap, "canvas-a",
			coda.PageContentDelete{ElementIDs: []string{"cl-a", "grid-a"}})),
	} {
		if !errors.Is(err, coda.ErrInvalid) || tr.count() != 0 {
			t.Errorf("%s: %d requests, %v", name, tr.count(), err)
		}
	}
}
