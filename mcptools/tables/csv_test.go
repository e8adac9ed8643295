package tables

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// demoSchema has a column of nearly each kind.
func demoSchema(t testing.TB) *coda.Schema {
	t.Helper()
	server := codatest.NewServer(codatest.Options{InMemory: true})
	if err := server.Start(""); err != nil {
		t.Fatal(err)
	}
	defer server.Close() // at once, since fuzzing ends without cleaning up
	client, err := coda.New(coda.Config{
		BaseURL: server.URL(), HTTPClient: server.Client(), Account: "account",
		TokenSource: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: codatest.DemoToken}),
	})
	if err != nil {
		t.Fatal(err)
	}
	schema, err := client.Schema(context.Background(), codatest.DemoRoadmap, "grid-Features01")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func FuzzCSV(f *testing.F) {
	f.Add("Name,Tags\nx,a;b\n\"y,z\",\n")
	f.Add("Name\tEffort\nx\t1\n")
	schema := demoSchema(f)
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := recordsOfCSV(t.Context(), schema, text)
		if err == nil {
			for _, row := range rows {
				if len(row) == 0 {
					t.Fatal("a row of nothing")
				}
			}
		}
	})
}

func TestCSV(t *testing.T) {
	t.Parallel()
	schema := demoSchema(t)
	for _, test := range []struct{ csv, want, err string }{
		{"Name,Tags,Effort\nx,hardware;comfort,2\n\"y, z\",,\n", `[{"Effort":"2","Name":"x","Tags":"hardware;comfort"},{"Name":"y, z"}]`, ""},
		{"Name;Effort\nx;1\n", `[{"Effort":"1","Name":"x"}]`, ""},
		{"Name\tEffort\nx\t1\n", `[{"Effort":"1","Name":"x"}]`, ""},
		{"\ufeffName\nx\n\n", `[{"Name":"x"}]`, ""},
		{"", "null", "csv holds no header line."},
		{"Nmae\nx\n", `[{"Nmae":"x"}]`, ""}, // refused with all that is wrong
		{"Name,Effort,,\nx,1,,\n,,,\n", `[{"Effort":"1","Name":"x"}]`, ""},
		{"Name,Effort\nx,\"=\"\"007\"\"\"\n", `[{"Effort":"007","Name":"x"}]`, ""},
		{"```csv\nName\nx\n```", `[{"Name":"x"}]`, ""},
		{"sep=;\r\nName;Effort\r\nx;1\r\n", `[{"Effort":"1","Name":"x"}]`, ""},
		{"Name;\"Effort, in days\"\nx;1,5\n", `[{"Effort, in days":"1,5","Name":"x"}]`, ""},
		{"Name\rx\ry", `[{"Name":"x"},{"Name":"y"}]`, ""},
		{"Name\nx,y\n", "null", "Line 2 of csv has a cell \"y\" for which the header line names no column"},
		{"Name,c-FeatName01\nx,y\n", "null", `names the column "Name" twice`},
		{"Name,Effort\nx\n", "null", "Line 2 of csv has 1 cell, not 2 like the header line"},
		{"Name\n\"x\n", "null", "Line 2 of csv cannot be read"},
	} {
		rows, err := recordsOfCSV(t.Context(), schema, test.csv)
		if text := errorText(err); !strings.Contains(text, test.err) || test.err == "" && text != "" {
			t.Errorf("%q: %q, want %q", test.csv, text, test.err)
		}
		if raw, _ := json.Marshal(rows); string(raw) != test.want {
			t.Errorf("%q: %s, want %s", test.csv, raw, test.want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return kit.Explain(err)
}
