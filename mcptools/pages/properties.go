package pages

import (
	"context"
	"errors"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/near"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// Coda accepts an icon's name that it does not know, and does not say so: the page keeps the icon that it had. So what
// was asked for is looked up after the write, and what cannot be seen is not claimed.

// looked is a page as a read after a write shows it. A read that is not proven current may still show the page of
// before.
type looked struct {
	page    *coda.PageInfo
	current bool
}

func lookAt(ctx context.Context, c *kit.Call, doc, page string) looked {
	var l looked
	read := func(ctx context.Context) (err error) {
		l.page, err = c.Coda.GetPage(ctx, doc, page)
		return err
	}
	err := c.Coda.Current(ctx, 0, read)
	if l.current = err == nil; errors.Is(err, coda.ErrStale) {
		err = read(ctx)
	}
	if err != nil {
		l.page = nil
	}
	return l
}

func (l looked) url() string {
	if l.page == nil {
		return ""
	}
	return l.page.BrowserLink
}

// holds reports whether a page is proven to have all that an update asks for.
func (l looked) holds(u coda.PageUpdate) bool {
	if l.page == nil || !l.current {
		return false
	}
	cover := ""
	if l.page.Image != nil {
		cover = l.page.Image.BrowserLink
	}
	return (u.Name == "" || u.Name == l.page.Name) && (u.Subtitle == "" || u.Subtitle == l.page.Subtitle) &&
		(u.IconName == "" || u.IconName == iconName(l.page)) && (u.ImageURL == "" || u.ImageURL == cover) &&
		(u.IsHidden == nil || *u.IsHidden == l.page.IsHidden)
}

// unseen says of properties that were asked for which of them the page does not show: refused where the read is proven
// to be the newest, and not certain where it is not.
func (l looked) unseen(name, subtitle, icon string) []string {
	var told []string
	tell := func(what, asked, shown string) {
		if asked == "" || asked == shown {
			return
		}
		asked = kit.Clip(kit.OneLine(asked), 60)
		switch {
		case l.page != nil && l.current && what == "icon":
			told = append(told, near.Sprintf("Coda did not take the icon %q, which it does not know: the page shows %s.", asked,
				orNone(shown)))
		case l.page != nil && l.current:
			told = append(told, near.Sprintf("Coda did not take the %s %q: the page shows %s.", what, asked, orNone(shown)))
		case what == "icon":
			told = append(told, near.Sprintf("It does not show yet whether Coda knows the icon %q: Coda ignores names that it "+
				"does not know. Look at the page in a minute.", asked))
		}
	}
	var shown coda.PageInfo
	if l.page != nil {
		shown = *l.page
	}
	tell("name", name, shown.Name)
	tell("subtitle", subtitle, shown.Subtitle)
	tell("icon", icon, iconName(&shown))
	return told
}

// taken leaves out of an update what the page is proven not to show.
func (l looked) taken(u coda.PageUpdate) coda.PageUpdate {
	if l.page == nil || !l.current {
		return u
	}
	if u.Name != l.page.Name {
		u.Name = ""
	}
	if u.Subtitle != l.page.Subtitle {
		u.Subtitle = ""
	}
	if u.IconName != iconName(l.page) {
		u.IconName = ""
	}
	return u
}

func iconName(p *coda.PageInfo) string {
	if p.Icon == nil {
		return ""
	}
	return p.Icon.Name
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return near.Sprintf("%q", kit.Clip(kit.OneLine(s), 60))
}

// formerProperties are the arguments of coda_update_page that bring back what an update changes, and a sentence about
// what they cannot. Coda's API does not take an empty text for "none".
func formerProperties(before looked, update coda.PageUpdate) (undo map[string]any, sentence string) {
	if before.page == nil || !before.current {
		return nil, "The former values are left out, because they could not be proven: the doc had changes that Coda did " +
			"not show yet."
	}
	undo = map[string]any{}
	var lost []string
	keep := func(argument, what, asked, former string) {
		switch {
		case asked == "" || asked == former:
		case former == "":
			lost = append(lost, what)
		default:
			undo[argument] = former
		}
	}
	keep("name", "an empty name", update.Name, before.page.Name)
	keep("subtitle", "an empty subtitle", update.Subtitle, before.page.Subtitle)
	keep("icon", "no icon", update.IconName, iconName(before.page))
	if update.ImageURL != "" {
		former := ""
		if before.page.Image != nil {
			former = before.page.Image.BrowserLink
		}
		keep("image_url", "no cover", update.ImageURL, former)
	}
	if update.IsHidden != nil && *update.IsHidden != before.page.IsHidden {
		undo["hidden"] = before.page.IsHidden
	}
	if len(lost) > 0 {
		sentence = "Before, the page had " + strings.Join(lost, " and ") + ", which Coda's API cannot bring back."
	}
	return undo, sentence
}
