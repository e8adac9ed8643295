package rowset_test

import (
	"context"
	"fmt"
	"log"

	"golang.org/x/oauth2"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
	"github.com/bestviable/coda-gateway/coda/rowset"
)

// demo is an engine for a simulated Coda, so that the examples run anywhere.
func demo() (engine *rowset.Engine, stop func()) {
	srv := codatest.NewServer(codatest.Options{})
	if err := srv.Start(""); err != nil {
		log.Fatal(err)
	}
	client, err := coda.New(coda.Config{
		BaseURL:     srv.URL(),
		TokenSource: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: codatest.DemoToken}),
		HTTPClient:  srv.Client(),
	})
	if err != nil {
		log.Fatal(err)
	}
	return &rowset.Engine{Source: client}, srv.Close
}

func ExampleEngine_Find() {
	engine, stop := demo()
	defer stop()
	found, err := engine.Find(context.Background(), rowset.Query{
		Doc: "dRoadmap01", Table: "grid-Features01",
		Filter: rowset.Filter{"Status": "planned", "Cost": rowset.Filter{">": 3000}},
		Sort:   []string{"-Due"},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, row := range found.Rows {
		values := found.Schema.Record(row)
		release := values["Release"].(coda.Relation)
		fmt.Println(row.Name, values["Due"], "in", release.Name, release.RowID)
	}
	fmt.Println("all of them:", found.Complete)
	fmt.Println("left to Coda:", found.Pushed)
	// Output:
	// Quick calibration 2026-06-01T00:00:00.000+02:00 in Summer i-RelSummer1
	// Camera 2026-05-15T00:00:00.000+02:00 in Summer i-RelSummer1
	// all of them: true
	// left to Coda: c-FeatStatus:"Planned"
}

func ExampleEngine_Find_parts() {
	engine, stop := demo()
	defer stop()
	q := rowset.Query{Doc: "dRoadmap01", Table: "grid-Features01",
		Filter: rowset.Filter{"Tags": []string{"hardware", "comfort"}}, Limit: 2}
	for {
		found, err := engine.Find(context.Background(), q)
		if err != nil {
			log.Fatal(err)
		}
		for _, row := range found.Rows {
			fmt.Println(row.Name)
		}
		if found.Complete {
			break
		}
		fmt.Println("and further:")
		q.Cursor = found.Cursor()
	}
	// Output:
	// Gripper
	// Camera
	// and further:
	// Quick calibration
	// Emergency stop
	// and further:
	// Voice control
}

func ExampleEngine_Count() {
	engine, stop := demo()
	defer stop()
	counted, err := engine.Count(context.Background(), rowset.Query{
		Doc: "dRoadmap01", Table: "grid-Features01",
		Filter: rowset.Filter{"or": []rowset.Filter{{"Due": "2026-Q1"}, {"Owner": nil}}},
	})
	fmt.Println(counted.Rows, counted.Complete, err)
	// Output: 3 true <nil>
}

func ExampleRefusal() {
	engine, stop := demo()
	defer stop()
	_, err := engine.Find(context.Background(), rowset.Query{
		Doc: "dRoadmap01", Table: "grid-Features01",
		Filter: rowset.Filter{"Status": "Dnoe", "Release": "Summer", "Due": "04/03/2026"},
	})
	refused, ok := err.(*rowset.Refusal)
	if !ok {
		log.Fatal(err)
	}
	for _, problem := range refused.Problems {
		fmt.Println(problem)
	}
	// Output:
	// "Due" holds dates, and "04/03/2026" may be read in two ways. Write 2026-03-04, 2026-03, 2026-Q1, 2026, 2026-03-04T15:04, or relatively: today, yesterday, tomorrow, now, this week, last month, next year, last 7 days, 3 days ago, in 2 weeks.
	// "Status" has no option "Dnoe". Did you mean "Done"? The options are "Idea", "Planned", "In progress" and "Done".
}
