package codatest

import (
	"slices"
	"strings"
	"time"
)

var categories = []string{"Design", "Education", "Engineering", "Marketing", "Meetings", "Personal", "Product",
	"Project management", "Sales", "Writing"}

func listCategories(*call) (any, error) {
	items := []obj{}
	for _, name := range categories {
		items = append(items, obj{"name": name})
	}
	return obj{"items": items}, nil
}

func publishDoc(c *call) (any, error) {
	var b struct {
		Slug          string   `json:"slug"`
		Discoverable  bool     `json:"discoverable"`
		EarnCredit    bool     `json:"earnCredit"`
		CategoryNames []string `json:"categoryNames"`
		Mode          string   `json:"mode"`
	}
	if err := c.decodeOptional(&b); err != nil {
		return nil, err
	}
	if b.Mode == "" {
		b.Mode = "view"
	}
	if !slices.Contains([]string{"view", "play", "edit"}, b.Mode) {
		return nil, invalidBody("mode: must be one of view, play, edit")
	}
	for _, name := range b.CategoryNames {
		if !slices.Contains(categories, name) {
			return nil, badRequest("Unknown category %q.", name)
		}
	}
	if b.Slug == "" {
		b.Slug = strings.ToLower(slug(c.doc.name))
	}
	for _, d := range c.s.ws.docs {
		if d != c.doc && d.published != nil && d.published.Slug == b.Slug {
			return nil, badRequest("The slug %q is already in use.", b.Slug)
		}
	}
	d := c.doc
	requestID := c.enqueue("", func(*content, time.Time) {
		d.published = &Publishing{Slug: b.Slug, Discoverable: b.Discoverable, Mode: b.Mode, Categories: b.CategoryNames}
	})
	return obj{"requestId": requestID}, nil
}

func unpublishDoc(c *call) (any, error) {
	if c.doc.published == nil {
		return nil, notFound("The doc is not published.")
	}
	c.doc.published = nil
	return obj{}, nil
}
