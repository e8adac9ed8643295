package coda_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"golang.org/x/oauth2"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
)

// demo starts a simulated Coda, so that the examples run anywhere, and a client for it.
func demo(change ...func(*coda.Config)) (c *coda.Client, stop func()) {
	srv := codatest.NewServer(codatest.Options{})
	if err := srv.Start(""); err != nil {
		log.Fatal(err)
	}
	cfg := coda.Config{
		BaseURL:     srv.URL(),
		TokenSource: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: codatest.DemoToken}),
		HTTPClient:  srv.Client(),
	}
	for _, f := range change {
		f(&cfg)
	}
	c, err := coda.New(cfg)
	if err != nil {
		log.Fatal(err)
	}
	return c, srv.Close
}

func ExampleNew() {
	client, err := coda.New(coda.Config{
		TokenSource: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: os.Getenv("CODA_API_TOKEN")}),
	})
	if err != nil {
		log.Fatal(err)
	}
	user, err := client.WhoAmI(context.Background())
	if errors.Is(err, coda.ErrUnauthorized) {
		log.Fatal("make a token at https://coda.io/account and put it into CODA_API_TOKEN")
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("hello,", user.Name)
}

func ExampleClient_ListDocs() {
	client, stop := demo()
	defer stop()
	for doc, err := range client.ListDocs(context.Background(), coda.ListDocsOptions{Query: "road"}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(doc.Name, "by", doc.OwnerName)
	}
	// Output: Product roadmap by Ada Lovelace
}

func ExampleClient_Resolve() {
	client, stop := demo()
	defer stop()
	ctx := context.Background()
	// Links, ids and names all lead to the same.
	for _, text := range []string{
		"https://coda.io/d/Product-roadmap_ddRoadmap01#Features_tFeatures01",
		"coda://docs/dRoadmap01/tables/grid-Features01",
		"Features",
	} {
		table, err := client.ResolveTable(ctx, "dRoadmap01", text)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(table.Kind, table.ID)
	}
	// Output:
	// table grid-Features01
	// table grid-Features01
	// table grid-Features01
}

func ExampleClient_UpsertRows() {
	client, stop := demo()
	defer stop()
	ctx := coda.WithObserver(context.Background(), func(_ context.Context, e coda.Event) {
		if sent, ok := e.(coda.ChunkSent); ok {
			fmt.Println(sent)
		}
	})
	rows := []coda.Record{
		{"Name": "Gripper", "Status": "Done", "Release": "Spring"},
		{"Name": "Wheels", "Status": "Idea", "Owner": "grace@example.com", "Cost": 2100},
	}
	result, err := client.UpsertRows(ctx, "dRoadmap01", "grid-Features01", rows,
		coda.UpsertOptions{KeyColumns: []string{"Name"}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Next, "rows accepted,", result.Outcome())

	// Nothing is sent unless all can be stored as meant.
	_, err = client.UpsertRows(ctx, "dRoadmap01", "grid-Features01", []coda.Record{{"Name": "Wings", "Status": "Dnoe"}},
		coda.UpsertOptions{})
	var refused *coda.ValidationError
	if errors.As(err, &refused) {
		fmt.Println(refused.Problems[0])
	}
	// Output:
	// 2 of 2 rows accepted (request 1 of 1)
	// 2 rows accepted, pending
	// row 0, column "Status", value "Dnoe": no such option, did you mean "Done"?; accepted: "Idea", "Planned", "In progress", "Done"
}

func ExampleClient_ExportPage() {
	client, stop := demo()
	defer stop()
	page, err := client.ExportPage(context.Background(), "dRoadmap01", "Ideas", coda.Markdown)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(page.Content)
	// Output:
	// # Ideas
	//
	// A place for what is not decided.
}

func ExampleClient_WaitMutation() {
	client, stop := demo(func(cfg *coda.Config) { cfg.Clock = hasty{} }) // Coda itself takes 10 to 25 s
	defer stop()
	ctx := context.Background()
	page, err := client.CreatePage(ctx, "dRoadmap01", coda.PageCreate{
		Name: "Retrospective", PageContent: coda.CanvasPage(coda.Markdown, "# What went well"),
	})
	switch {
	case errors.Is(err, coda.ErrFateUnknown):
		log.Fatal("look for the page before creating it again: ", err)
	case err != nil:
		log.Fatal(err)
	}
	end, err := client.WaitMutation(ctx, page)
	if err != nil {
		log.Fatal(err)
	}
	switch end.Outcome {
	case coda.Applied:
		fmt.Println("the page is there")
	case coda.AppliedWithWarning:
		fmt.Println("the page is there, but:", end.Warning)
	case coda.Pending:
		fmt.Println("not yet there, ask again with", page.RequestID)
	}
	// Output: the page is there
}

func ExampleClient_UpdatePage() {
	client, stop := demo()
	defer stop()
	update := coda.PageUpdate{ContentUpdate: &coda.ContentUpdate{
		InsertionMode: coda.Replace, CanvasContent: coda.Content{Format: coda.Markdown, Content: "Nothing to see here."},
	}}
	_, err := client.UpdatePage(context.Background(), "dRoadmap01", "canvas-RoadmapFeat", update)
	var owns *coda.PageOwnsObjectsError
	if errors.As(err, &owns) {
		for _, o := range owns.Objects {
			fmt.Println("would destroy the", o.Kind, o.Name)
		}
	}
	// Output:
	// would destroy the table Features
	// would destroy the view Feature board
	// would destroy the control Show effort
}

func ExampleConfig_guard() {
	client, stop := demo(func(cfg *coda.Config) {
		cfg.Guard = func(_ context.Context, op coda.Op, doc coda.DocID) error {
			if doc == "dTeamWiki1" && op.ReadOnly() {
				return nil
			}
			return errors.New("only reading the wiki is allowed")
		}
	})
	defer stop()
	ctx := context.Background()
	docs, err := coda.Collect(client.ListDocs(ctx, coda.ListDocsOptions{}))
	fmt.Println(len(docs), docs[0].Name, err)
	_, err = client.GetDoc(ctx, "dRoadmap01")
	fmt.Println(errors.Is(err, coda.ErrGuard), err)
	fmt.Println(client.DeleteDoc(ctx, "dTeamWiki1"))
	// Output:
	// 1 Team wiki <nil>
	// true coda: getDoc in doc dRoadmap01: document not allowed: only reading the wiki is allowed
	// coda: deleteDoc in doc dTeamWiki1: document not allowed: only reading the wiki is allowed
}
