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

// Person is somebody at a browser.
type Person struct {
	// Login is who they are.
	Login string
	// Deny is what they press on the consent page.
	Deny bool
	// Home is the URL of a page where they stop whatever is on it; empty = none.
	Home string
	// HTTP makes the requests. Required.
	HTTP *http.Client
}

// Visit opens a page as a browser does, answers the forms of the demo's provider, follows the redirects, also the one
// back to the client, and returns the text of the page where that ends.
func (p Person) Visit(ctx context.Context, start string) (string, error) {
	client := *p.HTTP
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	p.HTTP = &client
	last, err := p.walk(ctx, start, func(at page) bool { return p.Home != "" && at.url.String() == p.Home })
	if err != nil {
		return "", err
	}
	return last.text, nil
}

// signIn follows the provider's pages from the authorization request to the redirect back, and returns its
// parameters.
func signIn(ctx context.Context, client *http.Client, start, person string) (url.Values, error) {
	back := func(p page) bool {
		return p.location != nil && p.location.Scheme+"://"+p.location.Host+p.location.Path == redirectURI
	}
	last, err := Person{Login: person, HTTP: client}.walk(ctx, start, back)
	switch {
	case err != nil:
		return nil, err
	case !back(last):
		return nil, errors.New("sign-in: the page has no button that allows; is this the demo's provider?")
	}
	return last.location.Query(), nil
}

// walk goes from page to page until one is the end, or has no form. On a page it presses the button of the person
// where there is one, else the one that decides.
func (p Person) walk(ctx context.Context, start string, end func(page) bool) (page, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, start, nil)
	if err != nil {
		return page{}, err
	}
	for range maxPages {
		resp, err := p.HTTP.Do(req)
		if err != nil {
			return page{}, fmt.Errorf("sign-in: %w", err)
		}
		at, err := readPage(resp)
		if err != nil {
			return page{}, err
		}
		switch {
		case end(at) || at.location == nil && len(at.forms) == 0:
			return at, nil
		case at.location != nil:
			req, err = http.NewRequestWithContext(ctx, http.MethodGet, at.location.String(), nil)
		default:
			req, err = at.press(ctx, p)
		}
		if err != nil {
			return page{}, err
		}
	}
	return page{}, fmt.Errorf("sign-in: no answer after %d pages", maxPages)
}

// page is one answer of the sign-in: a redirect or forms.
type page struct {
	url      *url.URL
	location *url.URL
	forms    []form
	text     string
	// choices are the logins on the page.
	choices []string
}

// form is an HTML form: where it goes, its hidden fields, its buttons.
type form struct {
	action  string
	get     bool
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
	p.text = text(doc)
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
	f := form{action: attribute(node, "action"), get: attribute(node, "method") == "get", fields: url.Values{}}
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

// press submits the form whose button chooses the person, or decides; or the one that only goes on.
func (p page) press(ctx context.Context, person Person) (*http.Request, error) {
	want := [2]string{"decision", "allow"}
	switch {
	case len(p.choices) > 0:
		want = [2]string{"person", person.Login}
	case person.Deny:
		want[1] = "deny"
	}
	for _, f := range p.forms {
		for _, b := range f.buttons {
			if b == want || f.get && b[0] == "" {
				return p.submit(ctx, f, b)
			}
		}
	}
	if len(p.choices) > 0 {
		return nil, fmt.Errorf("sign-in: nobody is called %q; there are %s", person.Login, strings.Join(p.choices, ", "))
	}
	return nil, fmt.Errorf("sign-in: the page has no button %q; is this the demo's provider?", want[1])
}

func (p page) submit(ctx context.Context, f form, button [2]string) (*http.Request, error) {
	action, err := p.url.Parse(f.action)
	if err != nil {
		return nil, fmt.Errorf("sign-in: form action %q: %w", f.action, err)
	}
	if f.get {
		action.RawQuery = f.fields.Encode()
		return http.NewRequestWithContext(ctx, http.MethodGet, action.String(), nil)
	}
	f.fields.Set(button[0], button[1])
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, action.String(),
		bytes.NewBufferString(f.fields.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return req, nil
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
