package hunt

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/coda/codatest"
)

// undoPage executes what the answer of a tool for pages offers, with nobody else at work, and compares the words: an
// answer that says so may leave the formatting behind.
func (w *world) undoPage(v *verdict) {
	tool := v.tool
	var calls []map[string]any
	switch u := v.data["undo"].(type) {
	case map[string]any:
		calls = append(calls, u)
	case []any:
		for _, x := range u {
			if m, ok := x.(map[string]any); ok {
				calls = append(calls, m)
			}
		}
	}
	if len(calls) == 0 {
		return
	}
	target := map[string]any{"doc": w.doc, "page": v.page}
	if tool == "coda_delete_page" {
		tool, target = "coda_create_page", map[string]any{"doc": w.doc}
	}
	for _, c := range calls {
		args := maps.Clone(c)
		maps.Copy(args, target)
		a, err := w.call(tool, args)
		w.coda.Settle()
		if a.failed && v.disturbed && err == nil {
			return
		}
		if err != nil || a.failed {
			v.lie("its undo fails: %v %s", err, a.text)
			return
		}
	}
	if v.raced {
		return
	}
	now := w.coda.Doc(w.doc).Pages()
	stayed := map[string]bool{}
	for _, p := range v.pages {
		stayed[p.ID] = slices.ContainsFunc(now, func(q codatest.PageView) bool { return q.ID == p.ID })
	}
	was, is := inWords(v.pages, stayed, !v.disturbed), inWords(now, stayed, !v.disturbed)
	for _, name := range slices.Sorted(maps.Keys(was)) {
		empty := strings.Contains(v.text, "empty line")
		switch {
		case is[name] == was[name] || saysCannot.MatchString(v.text):
		case emptyLines.ReplaceAllString(is[name], "") == emptyLines.ReplaceAllString(was[name], ""):
			if !empty {
				v.lie("after the undo an empty line is too many or too few")
			}
		default:
			v.lie("after the undo the page reads %q instead of %q", is[name], was[name])
		}
	}
}

var emptyLines = regexp.MustCompile(`line \w+ \n`)

// inWords is what stands on the pages: of those that stayed by id, of others by name.
func inWords(pages []codatest.PageView, stayed map[string]bool, names bool) map[string]string {
	out := map[string]string{}
	for _, p := range pages {
		key := p.Name
		words := []string{"subtitle " + p.Subtitle}
		if stayed[p.ID] {
			if key = p.ID; names {
				words = append(words, "name "+p.Name)
			}
		}
		if p.Hidden {
			words = append(words, "hidden")
		}
		for _, e := range p.Elements {
			words = append(words, e.Kind+" "+e.Style+" "+strings.NewReplacer("*", "", "`", "", "\\", "").Replace(e.Text))
		}
		out[key] += strings.Join(words, "\n") + "\n"
	}
	return out
}
