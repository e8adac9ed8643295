package mcptools

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// open is a world in which everything but the named tools is allowed.
func open(t *testing.T, forbidden ...string) *world {
	return newWorld(t, worldOptions{behavior: swift(), caller: func(c *Caller) {
		c.May = func(tool, _ string) error {
			if slices.Contains(forbidden, tool) {
				return errors.New("your account may not use " + tool)
			}
			return nil
		}
	}})
}

func (w *world) read(uri string) (string, error) {
	result, err := w.session.ReadResource(context.Background(), &mcp.ReadResourceParams{URI: uri})
	if err != nil {
		return "", err
	}
	if len(result.Contents) != 1 || result.Contents[0].MIMEType != "text/markdown" || result.Contents[0].URI != uri {
		w.t.Errorf("%s: %+v", uri, result.Contents)
	}
	return result.Contents[0].Text, nil
}

func TestResources(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := open(t)
		for uri, want := range map[string]string{
			"coda://docs/dRoadmap01":                               "table Features (grid-Features01)",
			"coda://docs/Team%20wiki":                              "How we work (canvas-WikiWork01)",
			"coda://docs/dRoadmap01/pages/canvas-RoadmapNote":      "Grace showed the gripper",
			"coda://docs/dRoadmap01/pages/Meeting%20notes":         "Grace showed the gripper",
			"coda://docs/dRoadmap01/tables/grid-Releases01":        "|i-RelSpring1|Spring|2026-03-20|",
			"coda://docs/Product%20roadmap/tables/Feature%20board": "i-FeatCam001",
		} {
			if text, err := w.read(uri); err != nil || !strings.Contains(text, want) {
				t.Errorf("%s: %v\n%s", uri, err, text)
			}
		}
		for uri, want := range map[string]string{
			"coda://docs/dRoadmap01/pages/Overvew": `did you mean "Overview"`,
			"coda://docs/dRoadmap01/rows/i-1":      "not found",
			"coda://docs/":                         "not found",
			"coda://docs/dRoadmap01/pages/..%2Fx":  "No page is called",
			"coda://docs/Prodct%20roadmap":         `Did you mean "Product roadmap"`,
			"https://coda.io/d/_ddRoadmap01":       "not found",
		} {
			if text, err := w.read(uri); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q\n%s", uri, err, want, text)
			}
		}
		list, err := w.session.ListResources(context.Background(), nil)
		if err != nil || len(list.Resources) != 3 || list.Resources[0].URI != "coda://docs/dRoadmap01" ||
			list.Resources[0].Title != "Product roadmap" {
			t.Errorf("%v %+v", err, list)
		}
		templates, err := w.session.ListResourceTemplates(context.Background(), nil)
		if err != nil || len(templates.ResourceTemplates) != 3 {
			t.Errorf("%v %+v", err, templates)
		}
	})
}

func TestResourcesFollowTheRulesOfTools(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for uri, tool := range map[string]string{
			"coda://docs/dRoadmap01":                          "coda_get_doc",
			"coda://docs/dRoadmap01/pages/canvas-RoadmapOver": "coda_read_page",
			"coda://docs/dRoadmap01/tables/grid-Releases01":   "coda_query_rows",
		} {
			if got := ToolForResource(uri); got != tool {
				t.Errorf("%s belongs to %q, want %q", uri, got, tool)
			}
			w := open(t, tool, "coda_find_docs")
			if text, err := w.read(uri); err == nil || !strings.Contains(err.Error(), "may not use "+tool) {
				t.Errorf("%s: %v %s", uri, err, text)
			}
			if list, err := w.session.ListResources(context.Background(), nil); err != nil || len(list.Resources) != 0 {
				t.Errorf("docs are listed to somebody who may not find them: %v %+v", err, list)
			}
			if n := w.coda.Requests().Count(); n != 0 {
				t.Errorf("Coda was asked %d times for somebody who may not", n)
			}
		}
		for _, uri := range []string{"", "coda://", "coda://docs", "coda://folders/x", "coda://docs/a/b/c/d",
			"coda://docs/%zz", "coda://docs/" + strings.Repeat("a", 3000)} {
			if tool := ToolForResource(uri); tool != "" {
				t.Errorf("%.30q belongs to %q", uri, tool)
			}
		}
	})
}

func TestNoResourcesWithoutRules(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{behavior: swift()})
		if text, err := w.read("coda://docs/dRoadmap01"); err == nil {
			t.Errorf("a resource was read although nothing says who may: %s", text)
		}
		if list, err := w.session.ListResources(context.Background(), nil); err != nil || len(list.Resources) != 0 {
			t.Errorf("%v %+v", err, list)
		}
		if values := w.complete(&mcp.CompleteReference{Type: "ref/resource", URI: docURI}, "doc", "", ""); len(values) != 0 {
			t.Errorf("%v", values)
		}
		if n := w.coda.Requests().Count(); n != 0 {
			t.Errorf("Coda was asked %d times", n)
		}
	})
}

// Who has no Coda account is told why, by tools and resources alike, and nothing is asked of Coda.
func TestCallerWithoutAccount(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		caller func(*Caller)
		want   string
	}{
		"refused": {func(c *Caller) {
			c.Refused = errors.New("you have not connected your Coda account yet; open https://mcp.example.com/connect")
		},
			"You have not connected your Coda account yet; open https://mcp.example.com/connect."},
		"nobody": {func(c *Caller) { c.Coda = nil }, "There is no Coda account for you on this gateway; ask whoever runs " +
			"it."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, worldOptions{behavior: swift(), caller: func(c *Caller) {
					c.May = func(string, string) error { return nil }
					test.caller(c)
				}})
				if text := w.refused("coda_whoami", `{}`); text != test.want {
					t.Errorf("%q", text)
				}
				if _, err := w.read("coda://docs/dRoadmap01"); err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%v", err)
				}
				if n := w.coda.Requests().Count(); n != 0 {
					t.Errorf("Coda was asked %d times", n)
				}
			})
		})
	}
}

func (w *world) complete(ref *mcp.CompleteReference, argument, value, doc string) []string {
	w.t.Helper()
	result, err := w.session.Complete(context.Background(), &mcp.CompleteParams{
		Ref: ref, Argument: mcp.CompleteParamsArgument{Name: argument, Value: value},
		Context: &mcp.CompleteContext{Arguments: map[string]string{"doc": doc}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return result.Completion.Values
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := open(t)
		page := &mcp.CompleteReference{Type: "ref/resource", URI: pageURI}
		digest := &mcp.CompleteReference{Type: "ref/prompt", Name: "weekly_digest"}
		for _, test := range []struct {
			ref                  *mcp.CompleteReference
			argument, value, doc string
			want                 []string
		}{
			{page, "doc", "t", "", []string{"Team wiki", "Product roadmap"}[:1]},
			{page, "doc", "road", "", []string{"Product roadmap"}},
			{page, "page", "we", "Team wiki", []string{"Welcome", "How we work"}},
			{page, "page", "", "no such doc", []string{}},
			{digest, "table", "feature", "dRoadmap01", []string{"Features", "Features in progress", "Feature board"}},
			{digest, "notes", "x", "dRoadmap01", []string{}},
		} {
			got := w.complete(test.ref, test.argument, test.value, test.doc)
			slices.Sort(got)
			slices.Sort(test.want)
			if test.value == "t" {
				got = slices.DeleteFunc(got, func(s string) bool { return !strings.HasPrefix(strings.ToLower(s), "t") })
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("%s %q in %q: %q, want %q", test.argument, test.value, test.doc, got, test.want)
			}
		}
		w.coda.ResetRequests()
		for range 20 {
			w.complete(page, "page", "w", "Team wiki")
		}
		if n := w.coda.Requests().Count(); n != 0 {
			t.Errorf("typing asked Coda %d times for what was known", n)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		w := open(t, "coda_find_docs")
		if got := w.complete(&mcp.CompleteReference{Type: "ref/resource", URI: docURI}, "doc", "", ""); len(got) != 0 ||
			w.coda.Requests().Count() != 0 {
			t.Errorf("names are shown to somebody who may not find docs: %q", got)
		}
	})
}

// A name that several pages bear is completed as their ids, since the name alone would be refused.
func TestUniqueNames(t *testing.T) {
	t.Parallel()
	got := uniqueNames([][2]string{{"1", "Notes"}, {"2", "Home"}, {"3", "notes "}, {"4", ""}})
	if want := []string{"1", "Home", "3", "4"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestPrompts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{behavior: swift()})
		list, err := w.session.ListPrompts(context.Background(), nil)
		if err != nil || len(list.Prompts) != len(prompts()) {
			t.Fatalf("%v %+v", err, list)
		}
		tools := make(map[string]bool)
		for _, tool := range Catalogue() {
			tools[tool.Name] = true
		}
		for _, p := range list.Prompts {
			arguments := map[string]string{"doc": "Product\nroadmap", "table": "Features", "notes": "line 1\nline 2 %s"}
			result, err := w.session.GetPrompt(context.Background(), &mcp.GetPromptParams{Name: p.Name, Arguments: arguments})
			if err != nil {
				t.Errorf("%s: %v", p.Name, err)
				continue
			}
			text := result.Messages[0].Content.(*mcp.TextContent).Text
			if strings.Contains(text, "%!") || !strings.Contains(text, `"Product roadmap"`) {
				t.Errorf("%s: %s", p.Name, text)
			}
			for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') }) {
				if strings.HasPrefix(word, "coda_") && !tools[word] {
					t.Errorf("%s speaks of %s, which there is not", p.Name, word)
				}
			}
			if _, err := w.session.GetPrompt(context.Background(), &mcp.GetPromptParams{Name: p.Name}); err == nil || !strings.Contains(err.Error(), `needs the argument "doc"`) {
				t.Errorf("%s without arguments: %v", p.Name, err)
			}
		}
		if n := w.coda.Requests().Count(); n != 0 {
			t.Errorf("prompts asked Coda %d times", n)
		}
	})
}

func FuzzResourceURI(f *testing.F) {
	f.Add("coda://docs/a/pages/b%20c")
	f.Add("coda://docs/%2e%2e/tables/x")
	f.Fuzz(func(t *testing.T, uri string) {
		r, err := parseResource(uri)
		if err == nil && r.doc == "" {
			t.Fatalf("%q names no doc", uri)
		}
	})
}
