package pages

import (
	"context"
	"errors"
	"fmt"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// former is what a deleted page and those below it were, as far as they can be made again.
type former struct {
	pages    []formerPage
	sentence string
}

// formerPage are the arguments of a call of coda_create_page.
type formerPage struct {
	Name     string `json:"name"`
	Parent   string `json:"parent,omitempty"`
	Subtitle string `json:"subtitle,omitempty"`
	Icon     string `json:"icon,omitempty"`
	Content  string `json:"content,omitempty"`
	Format   string `json:"format,omitempty"`
}

// formerPagesTold bounds how many pages are read before they are deleted.
const formerPagesTold = 10

const newPages = "Pages made again get new ids and links. They come back with the words of their lines, not " +
	"with formatting, the state of checkboxes, tables, controls, callouts, dividers, images or comments."

const atTop = " Pages whose parent's name is not unique come back at the top of the doc; name the parent by its new " +
	"id to put them below it."

// formerPages reads what is about to be deleted. It does not wait for a proof that the reading is the newest: where
// there is none, nothing is told, and the deletion goes on.
func formerPages(ctx context.Context, c *kit.Call, doc string, pages []*coda.PageInfo, names map[string]int) former {
	if len(pages) > formerPagesTold {
		return former{sentence: fmt.Sprintf("The text of these %d pages is left out, so they cannot be brought back by "+
			"undo; Coda keeps versions of the doc (version history).", len(pages))}
	}
	var out former
	size, toTop := 0, ""
	for i, p := range pages {
		page := formerPage{Name: p.Name, Subtitle: p.Subtitle, Icon: iconName(p)}
		if p.Parent != nil {
			page.Parent = p.Parent.ID
			if i > 0 { // Its parent comes back under another id.
				page.Parent = p.Parent.Name
				if names[kit.FoldLine(p.Parent.Name)] > 1 {
					page.Parent, toTop = "", atTop
				}
			}
		}
		if p.ContentType == coda.PageCanvas || p.ContentType == "" {
			var lines []*coda.Element
			err := c.Coda.Current(ctx, 0, func(ctx context.Context) (err error) {
				lines, err = coda.Collect(c.Coda.ListPageContent(ctx, doc, p.ID, coda.ListOptions{}))
				return err
			})
			if errors.Is(err, coda.ErrStale) {
				return former{sentence: unproven}
			}
			if err != nil {
				return former{sentence: "The former text could not be read, so it cannot be brought back by undo; Coda keeps " +
					"versions of the doc (version history)."}
			}
			text := formerText(lines)
			page.Content, page.Format = text.Content, text.Format
		}
		if size += kit.Chars(page.Content); size > undoChars {
			return former{sentence: tooLong}
		}
		out.pages = append(out.pages, page)
	}
	out.sentence = newPages + toTop
	return out
}
