package pages

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/near"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// pageBack takes back a change of a page: the lines that went come back, those that came go, and properties get their
// former values. Where the new text does not stand there just as the call left it, nothing of it is touched.
type pageBack struct {
	c      *kit.Call
	target coda.Target
	kept   keptPage
	now    []*coda.Element
	page   *coda.PageInfo
	left   []string
}

// takeBackPage makes the function that takes back a change of a page, and forgets what was exported of it.
func takeBackPage(exports *exportCache) func(context.Context, *kit.Call, *kit.Change) (*kit.Answer, error) {
	return func(ctx context.Context, c *kit.Call, ch *kit.Change) (*kit.Answer, error) {
		kept, err := readKeptPage(ch.Former)
		if err != nil {
			return nil, err
		}
		b := &pageBack{c: c, kept: kept, target: coda.Target{Kind: coda.KindPage, Doc: ch.Doc, ID: ch.Targets[0].ID}}
		if err := b.look(ctx); err != nil {
			return nil, err
		}
		b.target.Name = b.page.Name
		if len(kept.Sent) > 0 {
			return b.properties(ctx)
		}
		if exports != nil {
			defer exports.forget(ch.Doc, b.target.ID)
		}
		return b.text(ctx)
	}
}

// look reads the page as it is.
func (b *pageBack) look(ctx context.Context) error {
	err := b.c.Coda.Current(ctx, currentPatience, func(ctx context.Context) (err error) {
		if b.page, err = b.c.Coda.GetPage(ctx, b.target.Doc, b.target.ID); err != nil || len(b.kept.Sent) > 0 {
			return err
		}
		b.now, err = coda.Collect(b.c.Coda.ListPageContent(ctx, b.target.Doc, b.target.ID, coda.ListOptions{}))
		return err
	})
	if errors.Is(err, coda.ErrStale) {
		return kit.Complain("Nothing was changed: the doc has changes that Coda does not show yet, so it is not certain " +
			"what has changed since. Try again in half a minute.")
	}
	return err
}

// propertiesOf are those of a page that coda_update_page changes.
func propertiesOf(p *coda.PageInfo) map[string]any {
	cover := ""
	if p.Image != nil {
		cover = p.Image.BrowserLink
	}
	return map[string]any{"name": p.Name, "subtitle": p.Subtitle, "icon": iconName(p), "image_url": cover,
		"hidden": p.IsHidden}
}

func (b *pageBack) properties(ctx context.Context) (*kit.Answer, error) {
	now := propertiesOf(b.page)
	var update coda.PageUpdate
	undo := keptPage{Was: map[string]any{}, Sent: map[string]any{}}
	for _, name := range kit.SortedKeys(b.kept.Was) {
		was := b.kept.Was[name]
		switch {
		case reflect.DeepEqual(now[name], was):
			continue
		case !reflect.DeepEqual(now[name], b.kept.Sent[name]):
			b.left = append(b.left, near.Sprintf("The page's %s has changed since: it is now %q.", name, fmt.Sprint(now[name])))
			continue
		}
		undo.Sent[name] = was
		if now[name] != "" {
			undo.Was[name] = now[name]
		}
		text, _ := was.(string)
		switch name {
		case "name":
			update.Name = text
		case "subtitle":
			update.Subtitle = text
		case "icon":
			update.IconName = text
		case "image_url":
			update.ImageURL = text
		case "hidden":
			hidden, _ := was.(bool)
			update.IsHidden = &hidden
		}
	}
	if b.kept.Lost != "" { // a property that does not come back is a part of what was asked for
		b.left, b.kept.Lost = append(b.left, b.kept.Lost), ""
	}
	if update == (coda.PageUpdate{}) {
		return b.c.NothingBack(ctx, b.left), nil
	}
	what := "changed back " + strings.Join(changedProperties(update), ", ")
	k, err := b.c.Keep(ctx, keepPage(b.target, what), undo)
	if err != nil {
		return nil, err
	}
	m, err := b.c.Coda.UpdatePage(ctx, b.target.Doc, b.target.ID, update)
	if err != nil {
		k.Abandon(ctx, err)
		return nil, err
	}
	return b.answer(ctx, k, undo, what, m)
}

// text brings back the lines.
func (b *pageBack) text(ctx context.Context) (*kit.Answer, error) {
	var delete []string
	for _, content := range b.kept.Came {
		lines, ok := b.kept.came(b.now, content)
		if !ok {
			return b.c.NothingBack(ctx, []string{"The text that the call put there has changed since, or cannot be told apart " +
				"from other new lines: coda_read_page with format outline shows the lines of the page."}), nil
		}
		for _, line := range lines {
			delete = append(delete, line.ID)
		}
	}
	runs, emptied := b.kept.runs(b.now)
	undo := keptPage{Before: b.now, Gone: delete, Lost: b.kept.Lost}
	if emptied != "" {
		undo.Gone = append(undo.Gone, emptied)
	}
	var updates []*coda.ContentUpdate
	for _, run := range runs {
		former := formerText(run.lines)
		if strings.TrimSpace(former.Content) == "" {
			b.left = append(b.left, blankLines)
			continue
		}
		text, err := importing(ctx, contentFormat(former.Format), former.Content)
		if err != nil {
			return nil, err
		}
		u := &coda.ContentUpdate{InsertionMode: coda.Append, ElementID: b.kept.anchor(b.now, run),
			CanvasContent: text.content}
		switch {
		case emptied != "" && run.lines[0].ID == emptied:
			u.InsertionMode, u.ElementID = coda.Replace, emptied
		case u.ElementID == "":
			u.InsertionMode = coda.Prepend
		}
		updates, undo.Came = append(updates, u), append(undo.Came, former.Content)
	}
	if len(updates)+len(delete) == 0 {
		return b.c.NothingBack(ctx, b.left), nil
	}
	what := takenBack(len(updates), len(delete))
	k, err := b.c.Keep(ctx, keepPage(b.target, what), undo)
	if err != nil {
		return nil, err
	}
	mutations, err := b.send(ctx, updates, delete)
	if err != nil && len(mutations) == 0 {
		k.Abandon(ctx, err)
		return nil, err
	}
	if err != nil {
		b.left = append(b.left, "Then it stopped: "+strings.TrimSpace(kit.Explain(err))+" The former lines are there, and "+
			"so are the new ones.")
	}
	return b.answer(ctx, k, undo, what, mutations...)
}

// takenBack says what becomes of blocks of former lines and of new lines.
func takenBack(blocks, lines int) string {
	back, gone := "put back "+kit.Plural(blocks, "block")+" of lines", "deleted "+kit.Plural(lines, "line")
	switch {
	case lines == 0:
		return back
	case blocks == 0:
		return gone
	}
	return back + ", " + gone
}

// send puts the former lines there first, so that nothing is lost where the second request fails.
func (b *pageBack) send(ctx context.Context, updates []*coda.ContentUpdate,
	delete []string) (mutations []coda.Mutation, err error) {
	for _, u := range updates {
		m, err := b.c.Coda.UpdatePage(ctx, b.target.Doc, b.target.ID, coda.PageUpdate{ContentUpdate: u})
		if err != nil {
			return mutations, err
		}
		mutations = append(mutations, m)
	}
	if len(delete) > 0 {
		m, err := b.c.Coda.DeletePageContent(ctx, b.target.Doc, b.target.ID, coda.PageContentDelete{ElementIDs: delete})
		if err != nil {
			return mutations, err
		}
		mutations = append(mutations, m)
	}
	return mutations, nil
}

func (b *pageBack) answer(ctx context.Context, k *kit.Kept, undo keptPage, what string,
	mutations ...coda.Mutation) (*kit.Answer, error) {
	w, err := b.c.Settle(ctx, mutations...)
	if err != nil {
		return nil, err
	}
	w.Effect, w.Pages = kit.Effect{Changed: 1}, []string{b.target.ID}
	k.End(ctx, func(ch *kit.Change) { ch.Effect, ch.Partial = w.Effect, len(b.left) > 0 }, undo)
	return b.c.TookBack(ctx, w, k, what+".", b.left, b.kept.Lost), nil
}
