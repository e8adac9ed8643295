package pages

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// keptPage is what a call changed of a page: the lines as they were, which of them went, and the texts that came. Coda
// tells no ids of new lines, so they are known again by their words.
type keptPage struct {
	Before []*coda.Element `json:"before,omitempty"`
	Gone   []string        `json:"gone,omitempty"`
	Came   []string        `json:"came,omitempty"`
	// Was and Sent are properties, as coda_update_page takes them.
	Was  map[string]any `json:"was,omitempty"`
	Sent map[string]any `json:"sent,omitempty"`
	// Lost says what does not come back.
	Lost string `json:"lost,omitempty"`
}

func readKeptPage(raw json.RawMessage) (kept keptPage, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if err := d.Decode(&kept); err != nil {
		return kept, kit.Complain("Nothing was changed: the record of this change cannot be read.")
	}
	return kept, nil
}

// keepPage is a change of a page.
func keepPage(target coda.Target, what string) kit.Change {
	target.Kind = coda.KindPage
	return kit.Change{Doc: target.Doc, Targets: kit.Targeted(target), What: what}
}

// unshown are the parts of a text that no line shows: tags, the addresses of links.
var unshown = regexp.MustCompile(`<[^>]*>|\]\([^)\s]*\)`)

// bareWords is a text without all but its letters and digits.
func bareWords(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}

func wordsOfContent(content string) string {
	var b strings.Builder
	for line := range strings.Lines(unshown.ReplaceAllString(content, " ")) {
		// The number of a list's item is not in its line.
		b.WriteString(bareWords(listNumber.ReplaceAllString(line, "")))
	}
	return b.String()
}

var listNumber = regexp.MustCompile(`^\s*(\d+[.)]|[-*+]( \[[ xX]\])?)\s`)

func lineText(line *coda.Element) string {
	if line.Content == nil {
		return ""
	}
	return line.Content.Content
}

// came finds the lines that a text made: the one run of lines that were not there before and read just so. ok is false
// where there is none, or more than one.
func (kept *keptPage) came(now []*coda.Element, content string) (lines []*coda.Element, ok bool) {
	want := wordsOfContent(content)
	if want == "" {
		return nil, false
	}
	before := make(map[string]bool, len(kept.Before))
	for _, line := range kept.Before {
		before[line.ID] = true
	}
	for first := range now {
		have := ""
		for last := first; last < len(now) && !before[now[last].ID] && len(have) < len(want); last++ {
			if have += bareWords(lineText(now[last])); have != want || bareWords(lineText(now[first])) == "" {
				continue
			}
			if ok {
				return nil, false
			}
			lines, ok = now[first:last+1], true
		}
	}
	return lines, ok
}

// formerRun are lines that went, which stood behind each other.
type formerRun struct {
	lines []*coda.Element
	// behind is the index of the first of them before.
	behind int
}

// runs are the lines that went and are not there, and the emptied line that stayed in place of one; "" for none.
func (kept *keptPage) runs(now []*coda.Element) (runs []formerRun, emptied string) {
	for i, line := range kept.Before {
		if !slices.Contains(kept.Gone, line.ID) {
			continue
		}
		if at := indexOf(now, line.ID); at >= 0 {
			if strings.TrimSpace(lineText(now[at])) != "" || strings.TrimSpace(lineText(line)) == "" {
				continue // it is there
			}
			emptied = line.ID
		}
		if n := len(runs); n > 0 && runs[n-1].behind+len(runs[n-1].lines) == i {
			runs[n-1].lines = append(runs[n-1].lines, line)
			continue
		}
		runs = append(runs, formerRun{[]*coda.Element{line}, i})
	}
	return runs, emptied
}

func indexOf(lines []*coda.Element, id string) int {
	return slices.IndexFunc(lines, func(line *coda.Element) bool { return line.ID == id })
}

// anchor is the nearest line before a run that is still there; empty where there is none.
func (kept *keptPage) anchor(now []*coda.Element, run formerRun) string {
	for i := run.behind - 1; i >= 0; i-- {
		if id := kept.Before[i].ID; indexOf(now, id) >= 0 {
			return id
		}
	}
	return ""
}

// keep keeps the page as it is, before an edit is sent.
func (e *edit) keep(ctx context.Context) error {
	if e.lines == nil {
		list := func(ctx context.Context) (err error) {
			e.lines, err = coda.Collect(e.Coda.ListPageContent(ctx, e.target.Doc, e.target.ID, coda.ListOptions{}))
			return err
		}
		if err := e.Coda.Current(ctx, 0, list); err != nil && (!errors.Is(err, coda.ErrStale) || list(ctx) != nil) {
			return nil // the edit does not need it, and its history says what happened
		}
	}
	e.former = keptPage{Before: e.lines, Gone: e.going(), Lost: wordsOnly}
	if strings.TrimSpace(e.in.Content) != "" {
		e.former.Came = []string{e.in.Content}
	}
	change := keepPage(e.target, "")
	if len(e.former.Gone) == 0 {
		e.former.Lost = ""
	} else if !e.current {
		change.Never = "what the lines read before is not proven"
	}
	var err error
	e.kept, err = e.Call.Keep(ctx, change, e.former)
	return err
}

// going are the lines that the edit replaces or deletes.
func (e *edit) going() (ids []string) {
	var lines []int
	switch e.in.Action {
	case editReplace, editDelete:
		lines = e.found
	case editReplaceSection, editDeleteSection:
		heading := e.found[0]
		lines = indices(heading, sectionEnd(e.lines, heading))
		if e.in.Action == editReplaceSection && !e.content.beginsWithHeading(e.in.Content, headingLevel(e.lines[heading])) {
			lines = lines[1:]
		}
	case editReplaceAll:
		lines = indices(0, len(e.lines)-1)
	}
	for _, i := range lines {
		ids = append(ids, e.lines[i].ID)
	}
	return ids
}

// endKept completes what is kept of the edit by what happened.
func (e *edit) endKept(ctx context.Context, w kit.Written) {
	e.kept.End(ctx, func(ch *kit.Change) {
		ch.What, ch.Effect = kit.Clip(strings.TrimSuffix(e.done, ","), 200), w.Effect
	}, e.former)
}

// keptProperties is what an update of a page's properties is about to change.
func keptProperties(target coda.Target, before looked, u coda.PageUpdate) (kept keptPage, change kit.Change) {
	kept = keptPage{Was: map[string]any{}, Sent: map[string]any{}}
	for name, sent := range map[string]string{"name": u.Name, "subtitle": u.Subtitle, "icon": u.IconName,
		"image_url": u.ImageURL} {
		if sent != "" {
			kept.Sent[name] = sent
		}
	}
	if u.IsHidden != nil {
		kept.Sent["hidden"] = *u.IsHidden
	}
	if before.page != nil && before.current {
		was := propertiesOf(before.page)
		for name := range kept.Sent {
			if was[name] == kept.Sent[name] {
				delete(kept.Sent, name)
			} else if was[name] != "" { // Coda's API does not take an empty text for none
				kept.Was[name] = was[name]
			}
		}
	}
	change = keepPage(target, "")
	switch {
	case before.page == nil || !before.current:
		change.Never = "the former properties are not proven"
	case len(kept.Was) == 0:
		change.Never = "there was none before, and Coda's API cannot set it back to none"
	}
	return kept, change
}
