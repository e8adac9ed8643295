package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/bestviable/coda-gateway/gateway/handshake/walk"
	"github.com/bestviable/coda-gateway/gateway/handshake/walk/walktest"
)

// What doctor prints about a world stands in the world's file, as a person reads it.
func TestDoctorPrints(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/doctor/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	until := regexp.MustCompile(`until \d{4}-\d\d-\d\d \d\d:\d\d UTC`)
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			w, err := walktest.Read(data)
			if err != nil {
				t.Fatal(err)
			}
			w.Start(t)
			report, err := walk.Walk(t.Context(), w.Config)
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if err := (&timeline{w: &out}).report(report); err != nil {
				t.Fatal(err)
			}
			got := until.ReplaceAllString(out.String(), "until a day")
			ar := txtar.Parse(data)
			for i := range ar.Files {
				f := &ar.Files[i]
				if f.Name != "want" || string(f.Data) == got {
					continue
				}
				if !*update {
					t.Errorf("printed\n%s\nwant\n%s", got, f.Data)
					continue
				}
				f.Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(ar), 0o644); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestTypedURL(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"mcp.example.com/mcp": "https://mcp.example.com/mcp", "mcp.example.com": "https://mcp.example.com",
		"mcp.example.com:8443/mcp":  "https://mcp.example.com:8443/mcp",
		"http://127.0.0.1:8080/mcp": "http://127.0.0.1:8080/mcp", "": "", "--json": "", "ftp://x": "", "https://": "",
		"mailto:a@b": "",
	} {
		got, err := typedURL(in)
		if err == nil && got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v; want %q", in, got, err, want)
		}
	}
}
