package coda_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
)

var errNotYours = errors.New("not yours")

// onlyDocs allows the named documents and keeps what it was asked.
type onlyDocs struct {
	docs []coda.DocID
	mu   sync.Mutex
	seen []string
}

func (g *onlyDocs) guard(_ context.Context, op coda.Op, doc coda.DocID) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seen = append(g.seen, string(op)+" "+doc)
	if slices.Contains(g.docs, doc) {
		return nil
	}
	return errNotYours
}

// outsideDocs are the operations that are about no document.
var outsideDocs = []coda.Op{
	coda.OpWhoAmI, coda.OpListCategories, coda.OpListFolders, coda.OpGetFolder, coda.OpCreateFolder, coda.OpUpdateFolder,
	coda.OpDeleteFolder,
	coda.OpListWorkspaceMembers, coda.OpChangeUserRole, coda.OpListWorkspaceRoleActivity, coda.OpListPackAnalytics,
	coda.OpPackAnalyticsSummary,
	coda.OpListPackFormulaAnalytics, coda.OpAnalyticsLastUpdated, coda.OpCustomDomainProvider, coda.OpAddGoLink,
}

// TestGuardStopsEveryOperation: with a guard that refuses all, no request about a document leaves the client.
func TestGuardStopsEveryOperation(t *testing.T) {
	t.Parallel()
	g := &onlyDocs{}
	srv, c := simulated(t, codatest.Options{}, unlimited, func(cfg *coda.Config) { cfg.Guard = g.guard })
	for _, oc := range opCalls() {
		srv.ResetRequests()
		err := oc.call(t.Context(), c)
		asked := srv.Requests()
		if slices.Contains(outsideDocs, oc.op) {
			if err != nil {
				t.Errorf("%s: %v", oc.op, err)
			}
			continue
		}
		if n := asked.Count() - asked.Count("whoami"); n != 0 {
			t.Errorf("%s sent %v", oc.op, asked.Counts())
		}
		if !errors.Is(err, coda.ErrGuard) || !errors.Is(err, errNotYours) {
			t.Errorf("%s: %v", oc.op, err)
		}
	}
	if coda.OpWhoAmI.DocScoped() || !coda.OpGetRow.DocScoped() || !coda.OpListPageAnalytics.DocScoped() {
		t.Error("DocScoped is wrong")
	}
}

// TestGuardOfOneDocument: nothing of another document comes through listings, links, caches, bodies or request ids.
func TestGuardOfOneDocument(t *testing.T) {
	t.Parallel()
	srv := codatest.New(t)
	g := &onlyDocs{docs: []coda.DocID{wiki}}
	c := clientOf(t, srv, demoToken, unlimited, func(cfg *coda.Config) { cfg.Guard = g.guard })
	free := clientOf(t, srv, demoToken, unlimited)
	ctx := t.Context()

	docs, err := coda.Collect(c.ListDocs(ctx, coda.ListDocsOptions{}))
	if err != nil || len(docs) != 1 || docs[0].ID != wiki {
		t.Errorf("listed %d documents, %v", len(docs), err)
	}
	page, err := c.ListDocsPage(ctx, coda.ListDocsOptions{})
	if err != nil || len(page.Items) != 1 {
		t.Errorf("listed a page of %d documents, %v", len(page.Items), err)
	}
	used, err := coda.Collect(c.ListDocAnalytics(ctx, nil, coda.AnalyticsOptions{}))
	if err != nil || len(used) != 1 || used[0].Doc.ID != wiki {
		t.Errorf("listed the use of %d documents, %v", len(used), err)
	}

	foreign, err := free.CreatePage(ctx, roadmap, coda.PageCreate{Name: "Secret"})
	if err != nil {
		t.Fatal(err)
	}
	own, err := c.CreatePage(ctx, wiki, coda.PageCreate{Name: "Open"})
	if err != nil {
		t.Fatal(err)
	}
	yes := func(name string, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	no := func(name string, err error) {
		t.Helper()
		if !errors.Is(err, coda.ErrGuard) {
			t.Errorf("%s: %v", name, err)
		}
	}
	link := func(rest string) string { return "https://coda.io/d/x_d" + rest }
	yes("own status", only(c.MutationStatus(ctx, own)))
	yes("own status by id", only(c.MutationStatus(ctx, coda.Mutation{RequestID: own.RequestID})))
	no("own write claimed for another doc", func() error {
		// What the client saw counts, not what the caller says.
		g.docs = nil
		defer func() { g.docs = []coda.DocID{wiki} }()
		return only(c.MutationStatus(ctx, coda.Mutation{RequestID: own.RequestID, Doc: wiki}))
	}())
	no("status of an unknown write", only(c.MutationStatus(ctx, coda.Mutation{RequestID: foreign.RequestID})))
	no("status of a foreign write", only(c.WaitMutation(ctx, foreign)))
	yes("own link", only(c.ResolveBrowserLink(ctx, link(wiki), coda.ResolveBrowserLinkOptions{})))
	no("foreign link", only(c.ResolveBrowserLink(ctx, link(roadmap), coda.ResolveBrowserLinkOptions{})))
	yes("own doc by name", only(c.ResolveDoc(ctx, "Team wiki")))
	if _, err := c.ResolveDoc(ctx, "Product roadmap"); !errors.Is(err, coda.ErrNotFound) {
		t.Errorf("foreign doc by name: %v", err)
	}
	no("foreign doc by id", only(c.ResolveDoc(ctx, roadmap)))
	no("table in a foreign link", only(c.ResolveTable(ctx, "", link(roadmap)+"#Features_tFeatures01")))
	no("copy", only(c.CreateDoc(ctx, coda.DocCreate{SourceDoc: roadmap})))
	no("sync page", only(c.CreatePage(ctx, wiki, coda.PageCreate{PageContent: coda.SyncDoc(roadmap)})))
	no("totals", only(c.DocAnalyticsSummary(ctx, coda.AnalyticsOptions{})))
	no("export", only(c.ExportPage(ctx, roadmap, "canvas-RoadmapNote", coda.Markdown)))
	no("export by name", only(c.ExportPage(ctx, roadmap, "Meeting notes", coda.Markdown)))
	no("upsert", only(c.UpsertRows(ctx, roadmap, features, []coda.Record{{"Name": "x"}}, coda.UpsertOptions{})))

	// What is remembered from permitted times is not given to others.
	yes("columns", only(c.Schema(ctx, wiki, "grid-People0001")))
	yes("name", only(c.ResolveTable(ctx, wiki, "People")))
	g.docs = nil
	no("remembered columns", only(c.Schema(ctx, wiki, "grid-People0001")))
	no("remembered name", only(c.ResolveTable(ctx, wiki, "People")))
}

func TestWarningOfAnUnseenWriteIsWithheld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := simulatedIn(t, func(o *codatest.Options) { o.Behavior.MutationWarning = "secret words" })
		free := clientOf(t, srv, demoToken)
		m, err := free.CreatePage(t.Context(), roadmap, coda.PageCreate{Name: "x"})
		if err != nil {
			t.Fatal(err)
		}
		g := &onlyDocs{docs: []coda.DocID{wiki}}
		c := clientOf(t, srv, demoToken, func(cfg *coda.Config) { cfg.Guard = g.guard })
		m.Doc = wiki // a lie
		got, err := c.WaitMutation(t.Context(), m)
		if err != nil || got.Outcome != coda.AppliedWithWarning || got.Warning == "secret words" || got.Warning == "" {
			t.Errorf("%+v, %v", got, err)
		}
		got, err = free.WaitMutation(t.Context(), m)
		if err != nil || got.Warning != "secret words" {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// TestGuardHearsWhereALinkReallyLeads: what Coda answers counts, not only what the link says.
func TestGuardHearsWhereALinkReallyLeads(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		resource, browser string
		want              bool
	}{
		"allowed":       {"https://coda.io/apis/v1/docs/" + wiki + "/pages/canvas-a", "https://coda.io/d/_d" + wiki, true},
		"other href":    {"https://coda.io/apis/v1/docs/" + roadmap + "/pages/canvas-a", "", false},
		"other link":    {"https://coda.io/apis/v1/docs/" + wiki, "https://coda.io/d/_d" + roadmap, false},
		"no href":       {"", "", false},
		"odd href":      {"https://coda.io/apis/v1/things/x", "", false},
		"climbing href": {"https://coda.io/apis/v1/docs/../docs/" + roadmap, "", false},
		"folder":        {"https://coda.io/apis/v1/folders/fl-a", "", true},
	} {
		s := newScripted(t)
		s.on("GET /base/apis/v1/resolveBrowserLink", 200,
			map[string]any{"href": "https://coda.io/apis/v1/resolveBrowserLink?url=x", "browserLink": tc.browser,
				"resource": map[string]any{"type": "page", "id": "canvas-a", "name": "Secret", "href": tc.resource}})
		c := s.client(t, func(cfg *coda.Config) { cfg.Guard = (&onlyDocs{docs: []coda.DocID{wiki}}).guard })
		_, err := c.ResolveBrowserLink(t.Context(), "https://coda.io/@someone/published", coda.ResolveBrowserLinkOptions{})
		if tc.want && err != nil || !tc.want && !errors.Is(err, coda.ErrGuard) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
