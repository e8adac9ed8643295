package coda_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/coda"
)

func TestParseRef(t *testing.T) {
	t.Parallel()
	link := func(r coda.Ref, s string) coda.Ref { r.Link = s; return r }
	for text, want := range map[string]coda.Ref{
		"https://coda.io/d/_dAbCDeFGH": link(coda.Ref{Kind: coda.KindDoc,
			Doc: "AbCDeFGH"}, "https://coda.io/d/_dAbCDeFGH"),
		"https://docs.superhuman.com/d/My-Doc_dAbCDeFGHiJ": link(coda.Ref{Kind: coda.KindDoc,
			Doc: "AbCDeFGHiJ"}, "https://docs.superhuman.com/d/My-Doc_dAbCDeFGHiJ"),
		"  <https://coda.io/d/A_dB_dAbCDeFGHiJ/>  ": link(coda.Ref{Kind: coda.KindDoc,
			Doc: "AbCDeFGHiJ"}, "https://coda.io/d/A_dB_dAbCDeFGHiJ/"),
		"https://coda.io/d/X_dA_dCDeFGHi": link(coda.Ref{Kind: coda.KindDoc,
			Doc: "A_dCDeFGHi"}, "https://coda.io/d/X_dA_dCDeFGHi"),
		"coda.io/d/_dAbCDeFGHiJ": link(coda.Ref{Kind: coda.KindDoc,
			Doc: "AbCDeFGHiJ"}, "https://coda.io/d/_dAbCDeFGHiJ"),
		"HTTPS://CODA.IO/d/_dAbCDeFGHiJ?utm=1": link(coda.Ref{Kind: coda.KindDoc,
			Doc: "AbCDeFGHiJ"}, "HTTPS://CODA.IO/d/_dAbCDeFGHiJ?utm=1"),
		"https://coda.io/d/_dAbCDeFGH/Launch-Status_sumnO": link(coda.Ref{Kind: coda.KindPage,
			Doc: "AbCDeFGH", PageShort: "mnO"}, "https://coda.io/d/_dAbCDeFGH/Launch-Status_sumnO"),
		"https://coda.io/d/_dAbCDeFGH/_sumnO#Teams-and-Tasks_tpqRst-U": link(coda.Ref{Kind: coda.KindTable,
			Doc: "AbCDeFGH", PageShort: "mnO", TableShort: "pqRst-U"},
			"https://coda.io/d/_dAbCDeFGH/_sumnO#Teams-and-Tasks_tpqRst-U"),
		"https://coda.io/d/_dAbCDeFGH#Teams-and-Tasks_tpqRst-U/_rui-tuVwxYz": link(coda.Ref{Kind: coda.KindRow,
			Doc: "AbCDeFGH", TableShort: "pqRst-U", Row: "i-tuVwxYz"},
			"https://coda.io/d/_dAbCDeFGH#Teams-and-Tasks_tpqRst-U/_rui-tuVwxYz"),
		"https://coda.io/d/_dAbCDeFGH#Tasks_tuRst-U/r12&view=modal": link(coda.Ref{Kind: coda.KindRow,
			Doc: "AbCDeFGH", TableShort: "uRst-U", RowShort: "12"}, "https://coda.io/d/_dAbCDeFGH#Tasks_tuRst-U/r12&view=modal"),
		"https://docs.superhuman.com/d/_d123456789/grid-123456789#_r42": link(coda.Ref{Kind: coda.KindRow,
			Doc: "123456789", Table: "grid-123456789", RowShort: "42"},
			"https://docs.superhuman.com/d/_d123456789/grid-123456789#_r42"),
		"https://coda.io/d/_dAbCDeFGH/Launch-Status_sumnO#_luQrS": link(coda.Ref{Kind: coda.KindPage,
			Doc: "AbCDeFGH", PageShort: "mnO"}, "https://coda.io/d/_dAbCDeFGH/Launch-Status_sumnO#_luQrS"),
		"https://coda.io/d/_dAbCDeFGH#some-heading": link(coda.Ref{Doc: "AbCDeFGH"},
			"https://coda.io/d/_dAbCDeFGH#some-heading"),
		"https://coda.io/docs?folderId=fl-1Ab234": link(coda.Ref{Kind: coda.KindFolder,
			Folder: "fl-1Ab234"}, "https://coda.io/docs?folderId=fl-1Ab234"),
		"https://coda.io/docs?workspaceId=ws-1Ab234": link(coda.Ref{Kind: coda.KindWorkspace,
			Workspace: "ws-1Ab234"}, "https://coda.io/docs?workspaceId=ws-1Ab234"),
		"https://coda.io/workspaces/ws-1Ab234/docs": link(coda.Ref{Kind: coda.KindWorkspace,
			Workspace: "ws-1Ab234"}, "https://coda.io/workspaces/ws-1Ab234/docs"),
		"https://coda.io/workspaces/ws-1Ab/folders/fl-2Cd": link(coda.Ref{Kind: coda.KindFolder,
			Workspace: "ws-1Ab", Folder: "fl-2Cd"}, "https://coda.io/workspaces/ws-1Ab/folders/fl-2Cd"),
		"[My doc](https://coda.io/d/_dAbCDeFGHiJ)": link(coda.Ref{Kind: coda.KindDoc,
			Doc: "AbCDeFGHiJ"}, "https://coda.io/d/_dAbCDeFGHiJ"),
		"`https://coda.io/d/_dAbCDeFGHiJ`": link(coda.Ref{Kind: coda.KindDoc,
			Doc: "AbCDeFGHiJ"}, "https://coda.io/d/_dAbCDeFGHiJ"),
		"https://coda.io/d/_dAbCDeFGHiJ.": link(coda.Ref{Kind: coda.KindDoc,
			Doc: "AbCDeFGHiJ"}, "https://coda.io/d/_dAbCDeFGHiJ"),
		`"quoted name".`: {Name: `"quoted name".`},
		"https://coda.io/@ada/notes": link(coda.Ref{},
			"https://coda.io/@ada/notes"),
		"https://coda.io/apis/v1/docs/AbCDeFGH/tables/grid-pq/rows/i-RstUv-W": {Kind: coda.KindRow, Doc: "AbCDeFGH",
			Table: "grid-pq", Row: "i-RstUv-W"},
		"https://docs.superhuman.com/apis/v1/docs/AbCDeFGH/pages/canvas-IjkLmn": {Kind: coda.KindPage, Doc: "AbCDeFGH",
			Page: "canvas-IjkLmn"},
		"https://coda.io/apis/v1/docs/AbCDeFGH/tables/My%20Table/columns/c-tuV": {Kind: coda.KindColumn, Doc: "AbCDeFGH",
			Table: "My Table", Column: "c-tuV"},
		"https://coda.io/apis/v1/docs/AbCDeFGH/pages/canvas-a/content": {Kind: coda.KindPage, Doc: "AbCDeFGH",
			Page: "canvas-a"},
		"/docs/AbCDeFGH/formulas/f-a": {Kind: coda.KindFormula, Doc: "AbCDeFGH",
			Formula: "f-a"},
		"coda://docs/AbCDeFGH/canvases/canvas-a": {Kind: coda.KindPage, Doc: "AbCDeFGH",
			Page: "canvas-a"},
		"superhuman://docs/AbCDeFGH/tables/grid-a?x=1": {Kind: coda.KindTable, Doc: "AbCDeFGH",
			Table: "grid-a"},
		"coda://docs/AbCDeFGH": {Kind: coda.KindDoc, Doc: "AbCDeFGH"},
		"canvas-a":             {Kind: coda.KindPage, Page: "canvas-a"},
		"section-a":            {Kind: coda.KindPage, Page: "section-a"},
		"grid-a":               {Kind: coda.KindTable, Table: "grid-a"},
		"table-a":              {Kind: coda.KindTable, Table: "table-a"},
		"grid-auto-a": {Kind: coda.KindAutomation,
			Automation: "grid-auto-a"},
		"c-a":    {Kind: coda.KindColumn, Column: "c-a"},
		"i-a":    {Kind: coda.KindRow, Row: "i-a"},
		"f-a":    {Kind: coda.KindFormula, Formula: "f-a"},
		"ctrl-a": {Kind: coda.KindControl, Control: "ctrl-a"},
		"cl-a":   {Kind: coda.KindElement, Element: "cl-a"},
		"fl-a":   {Kind: coda.KindFolder, Folder: "fl-a"},
		"ws-a": {Kind: coda.KindWorkspace,
			Workspace: "ws-a"},
		"_dAbCDeFGH":        {Kind: coda.KindDoc, Doc: "AbCDeFGH"},
		"i-beg your pardon": {Name: "i-beg your pardon"},
		"Launch plan / Q3":  {Name: "Launch plan / Q3"},
		"AbCDeFGHiJ":        {Name: "AbCDeFGHiJ"},
	} {
		got, err := coda.ParseRef(text)
		if err != nil || got != want {
			t.Errorf("%q\ngot  %+v, %v\nwant %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "  ", "https://example.com/d/_dAbCDeFGH", "https://coda.io.evil.example/d/_dAbC",
		"https://ada@coda.io/d/_dAbCDeFGH",
		"coda://nothing/here", "/docs/a%2Fb/pages/x", "/docs/AbC/pages/..%2Fx", strings.Repeat("a", 5000),
		"https://coda.io:8443/d/_dAbCDeFGH"} {
		if got, err := coda.ParseRef(text); !errors.Is(err, coda.ErrInvalid) {
			t.Errorf("%.60q: %+v, %v", text, got, err)
		}
	}
}

// TestURIRoundTrip: a reference with all its ids survives being written and read.
func TestURIRoundTrip(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
	id := func(prefix string) string {
		b := make([]byte, 1+rng.IntN(12))
		for i := range b {
			b[i] = letters[rng.IntN(len(letters))]
		}
		return prefix + string(b)
	}
	name := func() string { return []string{"My page", "a/b", "50 %", "ü?#"}[rng.IntN(4)] }
	for range 500 {
		doc := id("d")
		for _, r := range []coda.Ref{
			{Kind: coda.KindDoc, Doc: doc},
			{Kind: coda.KindPage, Doc: doc, Page: id("canvas-")},
			{Kind: coda.KindPage, Doc: doc, Page: name()},
			{Kind: coda.KindElement, Doc: doc, Page: id("canvas-"), Element: id("cl-")},
			{Kind: coda.KindTable, Doc: doc, Table: id("grid-")},
			{Kind: coda.KindColumn, Doc: doc, Table: id("grid-"), Column: name()},
			{Kind: coda.KindRow, Doc: doc, Table: name(), Row: id("i-")},
			{Kind: coda.KindFormula, Doc: doc, Formula: id("f-")},
			{Kind: coda.KindControl, Doc: doc, Control: name()},
			{Kind: coda.KindFolder, Folder: id("fl-")},
			{Kind: coda.KindWorkspace, Workspace: id("ws-")},
		} {
			uri := r.URI()
			if got, err := coda.ParseRef(uri); err != nil || got != r {
				t.Fatalf("%+v became %q became %+v, %v", r, uri, got, err)
			}
		}
	}
	for _, r := range []coda.Ref{{}, {Kind: coda.KindPage, Page: "canvas-a"},
		{Kind: coda.KindPage, Doc: "dAbc", PageShort: "x"}, {Kind: coda.KindRow, Doc: "dAbc", Row: "i-a"}} {
		if uri := r.URI(); uri != "" {
			t.Errorf("%+v became %q", r, uri)
		}
	}
}

func FuzzParseRef(f *testing.F) {
	for _, s := range []string{"https://coda.io/d/X_dAbCDeFGHiJ/P_suxyz#T_tuabc/r12&view=modal",
		"coda://docs/a/tables/b/rows/c", "/docs/%2e%2e/pages/x", "grid-auto-x",
		"https://docs.superhuman.com/apis/v1/docs/AbC/pages/a%2Fb", "<https://coda.io/docs?folderId=fl-1>", "_d",
		"https://coda.io/d/_d#_t/_r"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := coda.ParseRef(s)
		if err != nil {
			if !errors.Is(err, coda.ErrInvalid) || len(err.Error()) > 2000 {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		if r.Doc != "" && strings.ContainsAny(r.Doc, "/.?#% ") {
			t.Fatalf("%q: document %q", s, r.Doc)
		}
		if uri := r.URI(); uri != "" {
			again, err := coda.ParseRef(uri)
			if err != nil || again.Kind != r.Kind || again.Doc != r.Doc || again.ID() != r.ID() {
				t.Fatalf("%q: %+v became %q became %+v, %v", s, r, uri, again, err)
			}
		}
	})
}

func ExampleParseRef() {
	r, err := coda.ParseRef("https://coda.io/d/Roadmap_dAbCDeFGHiJ/Launch_suXyZ")
	fmt.Println(r.Kind, r.Doc, r.PageShort, err)
	// Output: page AbCDeFGHiJ XyZ <nil>
}
