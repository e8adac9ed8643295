package flow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// maxPages bounds a walk that leads nowhere.
const maxPages = 10

// signIn follows the provider's pages from the authorization request to the redirect back, and returns its
// parameters. On a page it presses the button of the person where there is one, else the one that allows.
func signIn(ctx context.Context, client *http.Client, start, person string) (url.Values, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, start, nil)
	if err != nil {
		return nil, err
	}
	for range maxPages {
		resp, err := client.Do(req)
		if err != nil {
			return nil, fmt.Errorf("sign-in: %w", err)
		}
		page, err := readPage(resp)
		if err != nil {
			return nil, err
		}
		if page.location == nil {
			if req, err = page.press(ctx, person); err != nil {
				return nil, err
			}
			continue
		}
		if at := *page.location; at.Scheme+"://"+at.Host+at.Path == redirectURI {
			return at.Query(), nil
		}
		if req, err = http.NewRequestWithContext(ctx, http.MethodGet, page.location.String(), nil); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("sign-in: no answer after %d pages", maxPages)
}

// page is one answer of the sign-in: a redirect or forms.
type page struct {
	url      *url.URL
	location *url.URL
	forms    []form
	// choices are the logins on the page.
	choices []string
}

// form is an HTML form: where it goes, its hidden fields, its buttons.
type form struct {
	action  string
	fields  url.Values
	buttons [][2]string
}

func readPage(resp *http.Response) (page, error) {
	defer resp.Body.Close()
	p := page{url: resp.Request.URL}
	if location := resp.Header.Get("Location"); location != "" && resp.StatusCode/100 == 3 {
		at, err := p.url.Parse(location)
		if err != nil {
			return page{}, fmt.Errorf("sign-in: redirect to %q: %w", location, err)
		}
		p.location = at
		return p, nil
	}
	doc, err := html.Parse(http.MaxBytesReader(nil, resp.Body, maxAnswer))
	if err != nil {
		return page{}, fmt.Errorf("sign-in: page at %s: %w", p.url.Path, err)
	}
	if resp.StatusCode != http.StatusOK {
		return page{}, fmt.Errorf("sign-in: %s answered %d: %s", p.url.Path, resp.StatusCode, text(doc))
	}
	for node := range doc.Descendants() {
		if node.Type == html.ElementNode && node.Data == "form" {
			p.forms = append(p.forms, readForm(node))
		}
	}
	for _, f := range p.forms {
		for _, b := range f.buttons {
			if b[0] == "person" {
				p.choices = append(p.choices, b[1])
			}
		}
	}
	return p, nil
}

func readForm(node *html.Node) form {
	f := form{action: attribute(node, "action"), fields: url.Values{}}
	for n := range node.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch name, value := attribute(n, "name"), attribute(n, "value"); n.Data {
		case "input":
			f.fields.Set(name, value)
		case "button":
			f.buttons = append(f.buttons, [2]string{name, value})
		}
	}
	return f
}

// press submits the form whose button chooses the person, or allows.
func (p page) press(ctx context.Context, person string) (*http.Request, error) {
	want := [2]string{"decision", "allow"}
	if len(p.choices) > 0 {
		want = [2]string{"person", person}
	}
	for _, f := range p.forms {
		for _, b := range f.buttons {
			if b != want {
				continue
			}
			fields := f.fields
			fields.Set(b[0], b[1])
			action, err := p.url.Parse(f.action)
			if err != nil {
				return nil, fmt.Errorf("sign-in: form action %q: %w", f.action, err)
			}
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, action.String(), bytes.NewBufferString(fields.Encode()))
			if err != nil {
				return nil, err
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			return req, nil
		}
	}
	if len(p.choices) > 0 {
		return nil, fmt.Errorf("sign-in: nobody is called %q; there are %s", person, strings.Join(p.choices, ", "))
	}
	return nil, errors.New("sign-in: the page has no button that allows; is this the demo's provider?")
}

func attribute(node *html.Node, name string) string {
	for _, a := range node.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// text is a page's main content in one line, for an error message.
func text(doc *html.Node) string {
	var words []string
	for node := range doc.Descendants() {
		if node.Type == html.TextNode && node.Parent != nil && (node.Parent.Data == "h1" || node.Parent.Data == "p" ||
			node.Parent.Data == "body") {
			words = append(words, strings.Fields(node.Data)...)
		}
	}
	const max = 60
	return strings.Join(words[:min(len(words), max)], " ")
}
