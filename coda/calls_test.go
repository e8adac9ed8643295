package coda_test

import (
	"context"
	"iter"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
	"github.com/bestviable/coda-gateway/coda/codatest/contract"
)

const (
	roadmap  = codatest.DemoRoadmap
	wiki     = codatest.DemoWiki
	features = "grid-Features01"
	basePath = "/some/where/apis/v1"
)

// opCall is one call of an operation with what it has to look like on the wire.
type opCall struct {
	op    coda.Op
	call  func(context.Context, *coda.Client) error
	path  string // escaped, below the base path
	query string
	body  string
}

func ptr[T any](v T) *T { return &v }

func only[T any](_ T, err error) error { return err }

func drain[T any](seq iter.Seq2[*T, error]) error { return only(coda.Collect(seq)) }

// opCalls touches every operation against the demo workspace, those that destroy what others need at the end.
func opCalls() []opCall {
	docs, doc, table := "/docs/", "/docs/"+roadmap, "/docs/"+roadmap+"/tables/"+features
	return []opCall{
		{coda.OpWhoAmI, func(ctx context.Context, c *coda.Client) error { return only(c.WhoAmI(ctx)) }, "/whoami", "", ""},
		{coda.OpResolveBrowserLink, func(ctx context.Context, c *coda.Client) error {
			return only(c.ResolveBrowserLink(ctx, "https://coda.io/d/_d"+roadmap+"#Features_tFeatures01",
				coda.ResolveBrowserLinkOptions{DegradeGracefully: true}))
		}, "/resolveBrowserLink", "degradeGracefully=true&url=https%3A%2F%2Fcoda.io%2Fd%2F_d" + roadmap +
			"%23Features_tFeatures01", ""},
		{coda.OpListDocs, func(ctx context.Context, c *coda.Client) error {
			return drain(c.ListDocs(ctx, coda.ListDocsOptions{Query: "road & rail", IsOwner: ptr(true), IsStarred: ptr(false),
				WorkspaceID: "ws-acme", FolderID: "fl-product",
				SourceDoc: wiki, ListOptions: coda.ListOptions{PageSize: 7}}))
		}, "/docs", "folderId=fl-product&isOwner=true&isStarred=false&limit=7&query=road+%26+rail&sourceDoc=" + wiki +
			"&workspaceId=ws-acme", ""},
		{coda.OpCreateDoc, func(ctx context.Context, c *coda.Client) error {
			return only(c.CreateDoc(ctx, coda.DocCreate{Title: "New <doc>", Timezone: "Europe/Berlin", FolderID: "fl-product",
				InitialPage: &coda.PageCreate{Name: "Start", PageContent: coda.CanvasPage(coda.HTML, "<p>Hi</p>")}}))
		}, "/docs", "", `{"title":"New <doc>","timezone":"Europe/Berlin","folderId":"fl-product","initialPage":{"name":"Start","pageContent":{"type":"canvas","canvasContent":{"format":"html","content":"<p>Hi</p>"}}}}`},
		{coda.OpGetDoc, func(ctx context.Context, c *coda.Client) error { return only(c.GetDoc(ctx, roadmap)) }, doc, "", ""},
		{coda.OpUpdateDoc, func(ctx context.Context, c *coda.Client) error {
			return c.UpdateDoc(ctx, roadmap, coda.DocUpdate{Title: "Roadmap", IconName: "rocket"})
		}, doc, "", `{"title":"Roadmap","iconName":"rocket"}`},

		{coda.OpListPages, func(ctx context.Context, c *coda.Client) error {
			return drain(c.ListPages(ctx, roadmap, coda.ListOptions{}))
		}, doc + "/pages", "limit=200", ""},
		{coda.OpCreatePage, func(ctx context.Context, c *coda.Client) error {
			return only(c.CreatePage(ctx, roadmap, coda.PageCreate{Name: "Sync", Subtitle: "s", IconName: "star",
				ImageURL:     "https://images.example.com/a.png",
				ParentPageID: "canvas-RoadmapOver", PageContent: coda.SyncPage(wiki, "canvas-WikiHome01", true)}))
		}, doc + "/pages", "", `{"name":"Sync","subtitle":"s","iconName":"star","imageUrl":"https://images.example.com/a.png","parentPageId":"canvas-RoadmapOver","pageContent":{"type":"syncPage","mode":"page","sourceDocId":"` + wiki + `","sourcePageId":"canvas-WikiHome01","includeSubpages":true}}`},
		{coda.OpGetPage, func(ctx context.Context, c *coda.Client) error {
			return only(c.GetPage(ctx, roadmap, "Meeting notes"))
		}, doc + "/pages/Meeting%20notes", "", ""},
		{coda.OpUpdatePage, func(ctx context.Context, c *coda.Client) error {
			return only(c.UpdatePage(ctx, roadmap, "canvas-RoadmapNote",
				coda.PageUpdate{IsHidden: ptr(false), ContentUpdate: &coda.ContentUpdate{
					InsertionMode: coda.Append, CanvasContent: coda.Content{Format: coda.Markdown, Content: "a & b"}}}))
		}, doc + "/pages/canvas-RoadmapNote", "", `{"isHidden":false,"contentUpdate":{"insertionMode":"append","canvasContent":{"format":"markdown","content":"a & b"}}}`},
		{coda.OpListPageContent, func(ctx context.Context, c *coda.Client) error {
			return drain(c.ListPageContent(ctx, roadmap, "canvas-RoadmapNote", coda.ListOptions{}))
		}, doc + "/pages/canvas-RoadmapNote/content", "limit=500", ""},
		{coda.OpBeginPageExport, func(ctx context.Context, c *coda.Client) error {
			return only(c.BeginPageExport(ctx, roadmap, "canvas-RoadmapNote", coda.HTML))
		}, doc + "/pages/canvas-RoadmapNote/export", "", `{"outputFormat":"html"}`},
		{coda.OpPageExportStatus, func(ctx context.Context, c *coda.Client) error {
			e, err := c.BeginPageExport(ctx, roadmap, "canvas-RoadmapNote", coda.Markdown)
			if err != nil {
				return err
			}
			return only(c.PageExportStatus(ctx, roadmap, "canvas-RoadmapNote", e.ID))
		}, doc + "/pages/canvas-RoadmapNote/export/made-up", "", ""},
		{coda.OpDeletePageContent, func(ctx context.Context, c *coda.Client) error {
			return only(c.DeletePageContent(ctx, roadmap, "canvas-RoadmapIdea", coda.PageContentDelete{Force: true}))
		}, doc + "/pages/canvas-RoadmapIdea/content", "", `{}`},

		{coda.OpListTables, func(ctx context.Context, c *coda.Client) error {
			return drain(c.ListTables(ctx, roadmap, coda.ListTablesOptions{TableTypes: []string{coda.TypeTable, coda.TypeView},
				SortBy: "name"}))
		}, doc + "/tables", "limit=200&sortBy=name&tableTypes=table%2Cview", ""},
		{coda.OpGetTable, func(ctx context.Context, c *coda.Client) error {
			return only(c.GetTable(ctx, roadmap, "Features"))
		}, doc + "/tables/Features", "useUpdatedTableLayouts=true", ""},
		{coda.OpListColumns, func(ctx context.Context, c *coda.Client) error {
			return drain(c.ListColumns(ctx, roadmap, features, coda.ListColumnsOptions{VisibleOnly: true}))
		}, table + "/columns", "limit=100&visibleOnly=true", ""},
		{coda.OpGetColumn, func(ctx context.Context, c *coda.Client) error {
			return only(c.GetColumn(ctx, roadmap, features, "Cost per day"))
		}, table + "/columns/Cost%20per%20day", "", ""},

		{coda.OpListRows, func(ctx context.Context, c *coda.Client) error {
			q, err := coda.RowQuery("Status", "In progress")
			if err != nil {
				return err
			}
			return drain(c.ListRows(ctx, roadmap, features,
				coda.ListRowsOptions{Query: q, SortBy: coda.Natural, VisibleOnly: ptr(true), UseColumnNames: true}))
		}, table + "/rows", "limit=500&query=%22Status%22%3A%22In+progress%22&sortBy=natural" +
			"&useColumnNames=true&valueFormat=rich&visibleOnly=true", ""},
		{coda.OpUpsertRows, func(ctx context.Context, c *coda.Client) error {
			return only(c.UpsertRowsRaw(ctx, roadmap, features, coda.RowsUpsert{KeyColumns: []string{"c-FeatName01"},
				Rows: []coda.RowEdit{{Cells: []coda.CellEdit{{"c-FeatName01", "Camera"}, {"c-FeatTags01", []any{"hardware"}},
					{"c-FeatUrgent", true}, {"c-FeatEffort", 3}}}}}, coda.WriteOptions{DisableParsing: true}))
		}, table + "/rows", "disableParsing=true", `{"rows":[{"cells":[{"column":"c-FeatName01","value":"Camera"},{"column":"c-FeatTags01","value":["hardware"]},{"column":"c-FeatUrgent","value":true},{"column":"c-FeatEffort","value":3}]}],"keyColumns":["c-FeatName01"]}`},
		{coda.OpGetRow, func(ctx context.Context, c *coda.Client) error {
			return only(c.GetRow(ctx, roadmap, features, "i-FeatGrip01", coda.GetRowOptions{}))
		}, table + "/rows/i-FeatGrip01", "valueFormat=rich", ""},
		{coda.OpUpdateRow, func(ctx context.Context, c *coda.Client) error {
			return only(c.UpdateRowRaw(ctx, roadmap, features, "i-FeatGrip01",
				coda.RowEdit{Cells: []coda.CellEdit{{"c-FeatStatus", "Done"}}}, coda.WriteOptions{}))
		}, table + "/rows/i-FeatGrip01", "", `{"row":{"cells":[{"column":"c-FeatStatus","value":"Done"}]}}`},
		{coda.OpPushButton, func(ctx context.Context, c *coda.Client) error {
			return only(c.PushButton(ctx, roadmap, features, "i-FeatGrip01", "c-FeatStart1"))
		}, table + "/rows/i-FeatGrip01/buttons/c-FeatStart1", "", ""},
		{coda.OpDeleteRow, func(ctx context.Context, c *coda.Client) error {
			return only(c.DeleteRow(ctx, roadmap, features, "i-FeatStop01"))
		}, table + "/rows/i-FeatStop01", "", ""},
		{coda.OpDeleteRows, func(ctx context.Context, c *coda.Client) error {
			return only(c.DeleteRows(ctx, roadmap, features, []string{"i-FeatApp001", "i-FeatVoice1"}))
		}, table + "/rows", "", `{"rowIds":["i-FeatApp001","i-FeatVoice1"]}`},

		{coda.OpListFormulas, func(ctx context.Context, c *coda.Client) error {
			return drain(c.ListFormulas(ctx, roadmap, coda.ListObjectsOptions{SortBy: "name"}))
		}, doc + "/formulas", "limit=200&sortBy=name", ""},
		{coda.OpGetFormula, func(ctx context.Context, c *coda.Client) error {
			return only(c.GetFormula(ctx, roadmap, "f-OpenFeat01"))
		}, doc + "/formulas/f-OpenFeat01", "", ""},
		{coda.OpListControls, func(ctx context.Context, c *coda.Client) error {
			return drain(c.ListControls(ctx, roadmap, coda.ListObjectsOptions{}))
		}, doc + "/controls", "limit=200", ""},
		{coda.OpGetControl, func(ctx context.Context, c *coda.Client) error {
			return only(c.GetControl(ctx, roadmap, "Budget limit"))
		}, doc + "/controls/Budget%20limit", "", ""},

		{coda.OpGetSharingMetadata, func(ctx context.Context,
			c *coda.Client) error {
			return only(c.GetSharingMetadata(ctx, roadmap))
		}, doc + "/acl/metadata", "", ""},
		{coda.OpListPermissions, func(ctx context.Context, c *coda.Client) error {
			return drain(c.ListPermissions(ctx, roadmap, coda.ListOptions{}))
		}, doc + "/acl/permissions", "limit=200", ""},
		{coda.OpAddPermission, func(ctx context.Context, c *coda.Client) error {
			return c.AddPermission(ctx, roadmap, coda.PermissionAdd{Access: coda.AccessComment, SuppressEmail: true,
				Principal: coda.Principal{Type: "email", Email: "noor@example.com"}})
		}, doc + "/acl/permissions", "", `{"access":"comment","principal":{"type":"email","email":"noor@example.com"},"suppressEmail":true}`},
		{coda.OpDeletePermission, func(ctx context.Context, c *coda.Client) error {
			all, err := coda.Collect(c.ListPermissions(ctx, roadmap, coda.ListOptions{}))
			if err != nil {
				return err
			}
			id := "made-up"
			for _, p := range all {
				if p.Principal.Email == "noor@example.com" {
					id = p.ID
				}
			}
			return c.DeletePermission(ctx, roadmap, id)
		}, doc + "/acl/permissions/made-up", "", ""},
		{coda.OpSearchPrincipals, func(ctx context.Context,
			c *coda.Client) error {
			return only(c.SearchPrincipals(ctx, roadmap, "gra"))
		}, doc + "/acl/principals/search",
			"query=gra", ""},
		{coda.OpGetACLSettings, func(ctx context.Context,
			c *coda.Client) error {
			return only(c.GetACLSettings(ctx, roadmap))
		}, doc + "/acl/settings", "", ""},
		{coda.OpUpdateACLSettings, func(ctx context.Context, c *coda.Client) error {
			return only(c.UpdateACLSettings(ctx, roadmap, coda.ACLSettingsUpdate{AllowCopying: ptr(false)}))
		}, doc + "/acl/settings", "", `{"allowCopying":false}`},

		{coda.OpListCategories, func(ctx context.Context, c *coda.Client) error { return only(c.ListCategories(ctx)) },
			"/categories", "", ""},
		{coda.OpPublishDoc, func(ctx context.Context, c *coda.Client) error {
			return only(c.PublishDoc(ctx, wiki, coda.DocPublish{Slug: "wiki", Discoverable: ptr(true),
				CategoryNames: []string{"Product"}, Mode: "view"}))
		}, docs + wiki + "/publish", "", `{"slug":"wiki","discoverable":true,"categoryNames":["Product"],"mode":"view"}`},
		{coda.OpUnpublishDoc, func(ctx context.Context, c *coda.Client) error { return c.UnpublishDoc(ctx, wiki) },
			docs + wiki + "/publish", "", ""},

		{coda.OpListFolders, func(ctx context.Context, c *coda.Client) error {
			return drain(c.ListFolders(ctx, coda.ListFoldersOptions{WorkspaceID: "ws-acme", IsStarred: ptr(true)}))
		}, "/folders", "isStarred=true&limit=200&workspaceId=ws-acme", ""},
		{coda.OpGetFolder, func(ctx context.Context, c *coda.Client) error { return only(c.GetFolder(ctx, "fl-product")) },
			"/folders/fl-product", "", ""},
		{coda.OpCreateFolder, func(ctx context.Context, c *coda.Client) error {
			return only(c.CreateFolder(ctx, coda.FolderCreate{Name: "Old", WorkspaceID: "ws-acme", Description: "d"}))
		}, "/folders", "", `{"name":"Old","workspaceId":"ws-acme","description":"d"}`},
		{coda.OpUpdateFolder, func(ctx context.Context, c *coda.Client) error {
			return only(c.UpdateFolder(ctx, "fl-product", coda.FolderUpdate{Name: "Products"}))
		}, "/folders/fl-product", "", `{"name":"Products"}`},
		{coda.OpDeleteFolder, func(ctx context.Context, c *coda.Client) error {
			f, err := c.CreateFolder(ctx, coda.FolderCreate{Name: "Empty", WorkspaceID: "ws-acme"})
			if err != nil {
				return err
			}
			return c.DeleteFolder(ctx, f.ID)
		}, "/folders/made-up", "", ""},

		{coda.OpTriggerAutomation, func(ctx context.Context, c *coda.Client) error {
			return only(c.TriggerAutomation(ctx, roadmap, "grid-auto-Idea01", map[string]any{"title": "Legs"}))
		}, doc + "/hooks/automation/grid-auto-Idea01", "", `{"title":"Legs"}`},

		{coda.OpListWorkspaceMembers, func(ctx context.Context, c *coda.Client) error {
			return drain(c.ListWorkspaceMembers(ctx, "ws-acme",
				coda.ListMembersOptions{IncludedRoles: []string{coda.RoleAdmin, coda.RoleEditor}}))
		}, "/workspaces/ws-acme/users", "includedRoles=Admin%2CEditor", ""},
		{coda.OpChangeUserRole, func(ctx context.Context, c *coda.Client) error {
			return only(c.ChangeUserRole(ctx, "ws-acme", "lin@example.com", coda.RoleDocMaker))
		}, "/workspaces/ws-acme/users/role", "", `{"email":"lin@example.com","newRole":"DocMaker"}`},
		{coda.OpListWorkspaceRoleActivity, func(ctx context.Context, c *coda.Client) error {
			return only(c.ListWorkspaceRoleActivity(ctx, "ws-acme"))
		}, "/workspaces/ws-acme/roles", "", ""},

		{coda.OpListDocAnalytics, func(ctx context.Context, c *coda.Client) error {
			return drain(c.ListDocAnalytics(ctx, []coda.DocID{roadmap, wiki},
				coda.AnalyticsOptions{Since: "2026-01-01", Until: "2026-02-01", Scale: "cumulative", OrderBy: "views",
					Direction: "descending", Query: "r", IsPublished: ptr(true)}))
		}, "/analytics/docs", "direction=descending&docIds=" + roadmap + "%2C" + wiki +
			"&isPublished=true&limit=5000&orderBy=views&query=r&scale=cumulative&sinceDate=2026-01-01&untilDate=2026-02-01", ""},
		{coda.OpListPageAnalytics, func(ctx context.Context, c *coda.Client) error {
			return drain(c.ListPageAnalytics(ctx, roadmap, coda.AnalyticsOptions{Since: "2026-01-01", Scale: "daily"}))
		}, "/analytics/docs/" + roadmap + "/pages", "limit=5000&sinceDate=2026-01-01", ""},
		{coda.OpDocAnalyticsSummary, func(ctx context.Context, c *coda.Client) error {
			return only(c.DocAnalyticsSummary(ctx, coda.AnalyticsOptions{WorkspaceID: "ws-acme", Query: "ignored"}))
		}, "/analytics/docs/summary", "workspaceId=ws-acme", ""},
		{coda.OpListPackAnalytics, func(ctx context.Context, c *coda.Client) error {
			return drain(c.ListPackAnalytics(ctx, []int{1003, 1042}, coda.AnalyticsOptions{}))
		}, "/analytics/packs", "limit=5000&packIds=1003%2C1042", ""},
		{coda.OpPackAnalyticsSummary, func(ctx context.Context, c *coda.Client) error {
			return only(c.PackAnalyticsSummary(ctx, []int{1003}, coda.AnalyticsOptions{Until: "2026-02-01"}))
		}, "/analytics/packs/summary", "packIds=1003&untilDate=2026-02-01", ""},
		{coda.OpListPackFormulaAnalytics, func(ctx context.Context, c *coda.Client) error {
			return drain(c.ListPackFormulaAnalytics(ctx, 1003, []string{"Forecast"}, []string{"formula", "action"},
				coda.AnalyticsOptions{}))
		}, "/analytics/packs/1003/formulas", "limit=5000&packFormulaNames=Forecast&packFormulaTypes=formula%2Caction", ""},
		{coda.OpAnalyticsLastUpdated, func(ctx context.Context,
			c *coda.Client) error {
			return only(c.AnalyticsLastUpdated(ctx))
		}, "/analytics/updated", "", ""},

		{coda.OpListCustomDomains, func(ctx context.Context, c *coda.Client) error {
			return drain(c.ListCustomDomains(ctx, roadmap, coda.ListOptions{}))
		}, doc + "/domains", "", ""},
		{coda.OpAddCustomDomain, func(ctx context.Context, c *coda.Client) error {
			return c.AddCustomDomain(ctx, roadmap, "plans.acme.example.com")
		}, doc + "/domains", "", `{"customDocDomain":"plans.acme.example.com"}`},
		{coda.OpUpdateCustomDomain, func(ctx context.Context, c *coda.Client) error {
			return c.UpdateCustomDomain(ctx, roadmap, "plans.acme.example.com")
		}, doc + "/domains/plans.acme.example.com", "", `{}`},
		{coda.OpDeleteCustomDomain, func(ctx context.Context, c *coda.Client) error {
			return c.DeleteCustomDomain(ctx, roadmap, "plans.acme.example.com")
		}, doc + "/domains/plans.acme.example.com", "", ""},
		{coda.OpCustomDomainProvider, func(ctx context.Context, c *coda.Client) error {
			return only(c.CustomDomainProvider(ctx, "acme.example.com"))
		}, "/domains/provider/acme.example.com", "", ""},
		{coda.OpAddGoLink, func(ctx context.Context, c *coda.Client) error {
			return c.AddGoLink(ctx, "org-acme", coda.GoLink{Name: "plan", DestinationURL: "https://coda.io/d/_d" + roadmap})
		}, "/organizations/org-acme/goLinks", "", `{"name":"plan","destinationUrl":"https://coda.io/d/_d` + roadmap + `"}`},

		{coda.OpGetMutationStatus, func(ctx context.Context, c *coda.Client) error {
			m, err := c.CreatePage(ctx, roadmap, coda.PageCreate{Name: "Waited for"})
			if err != nil {
				return err
			}
			return only(c.MutationStatus(ctx, m))
		}, "/mutationStatus/made-up", "", ""},
		{coda.OpDeletePage, func(ctx context.Context, c *coda.Client) error {
			return only(c.DeletePage(ctx, roadmap, "canvas-RoadmapNote", coda.DeletePageOptions{Force: true}))
		}, doc + "/pages/canvas-RoadmapNote", "", ""},
		{coda.OpDeleteDoc, func(ctx context.Context, c *coda.Client) error { return c.DeleteDoc(ctx, roadmap) }, doc, "", ""},
	}
}

// specOf is Coda's OpenAPI file, nil where it is not present (TestContract says so).
var specOf = sync.OnceValue(func() *contract.Spec {
	path, err := contract.Find(".")
	if err != nil {
		return nil
	}
	spec, err := contract.Load(path)
	if err != nil {
		panic(err)
	}
	return spec
})

// simulated starts a simulated Coda and a client for it. All that they say to each other is held against the OpenAPI
// file.
func simulated(t testing.TB, opts codatest.Options, change ...func(*coda.Config)) (*codatest.Server, *coda.Client) {
	t.Helper()
	if spec := specOf(); spec != nil && opts.OnExchange == nil {
		opts.OnExchange = func(e codatest.Exchange) {
			if err := spec.Check(e); err != nil {
				t.Error(err)
			}
		}
	}
	srv := codatest.New(t, opts)
	return srv, clientOf(t, srv, codatest.DemoToken, change...)
}

func clientOf(t testing.TB, srv *codatest.Server, token string, change ...func(*coda.Config)) *coda.Client {
	t.Helper()
	cfg := coda.Config{
		BaseURL:       srv.URL(),
		TokenSource:   oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token}),
		HTTPClient:    srv.Client(),
		DownloadHosts: []string{"http://blobs.coda.test"},
	}
	for _, f := range change {
		f(&cfg)
	}
	c, err := coda.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// unlimited lifts the client's budgets.
func unlimited(cfg *coda.Config) {
	rates := coda.DefaultRates()
	for b := range rates {
		rates[b] = coda.Rate{}
	}
	cfg.Budget = coda.NewMemoryBudget(coda.MemoryBudgetConfig{Rates: rates})
}

const (
	demoToken       = codatest.DemoToken
	demoTokenSecond = codatest.DemoTokenAdaSecond
	demoTokenGrace  = codatest.DemoTokenGrace
)

// simulatedIn is a simulated Coda without sockets, for a synctest bubble.
func simulatedIn(t testing.TB, change ...func(*codatest.Options)) *codatest.Server {
	t.Helper()
	opts := codatest.Options{InMemory: true}
	for _, f := range change {
		f(&opts)
	}
	return codatest.New(t, opts)
}

// hasty is a clock that does not wait.
type hasty struct{ coda.SystemClock }

func (hasty) Sleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }
