package main

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/bestviable/coda-gateway/cmd/coda-demo/flow"
)

// connectSecret is that of the gateway's own client at the demo's provider.
const connectSecret = "the-secret-of-the-connect-client"

// surf opens pages of the gateway as a browser does whose person is LOGIN: under public_url's name, with cookies.
//
//	surf LOGIN open PATH                       the page is the last answer
//	surf LOGIN sign-in                         follow the page's link, answer the provider's forms, come back
//	! surf LOGIN sign-in                       the same, and it is refused
//	surf LOGIN press ACTION [FIELD VALUE]...   fill in and send the form of the last page that leads to ACTION
func surf(w *world, _ *testscript.TestScript, neg bool, args []string) error {
	if len(args) < 2 || neg && args[1] != "sign-in" {
		return errors.New("usage: surf LOGIN open|sign-in|press …, or ! surf LOGIN sign-in")
	}
	b, err := w.surfer(args[0])
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	origin := "https://" + publicHost
	switch verb := args[1]; {
	case verb == "open" && len(args) == 3:
		return b.open(ctx, w, origin+args[2])
	case verb == "sign-in" && len(args) == 2:
		at := flow.Person{Login: args[0], HTTP: b.http, Home: origin + "/connect"}
		_, err := at.Visit(ctx, origin+"/connect/sign-in")
		if neg && err == nil {
			return errors.New("the sign-in did not end in a refusal")
		}
		if err != nil && !neg {
			return err
		}
		return b.open(ctx, w, origin+"/connect")
	case verb == "press" && len(args)%2 == 1 && len(args) >= 3:
		return b.press(ctx, w, args[2], args[3:])
	}
	return fmt.Errorf("wrong arguments %q", args)
}

// surfer is a browser.
type surfer struct {
	http *http.Client
	// page is the last one, and at where it was.
	page string
	at   *url.URL
}

func (w *world) surfer(login string) (*surfer, error) {
	if b := w.surfers[login]; b != nil {
		return b, nil
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	b := &surfer{http: &http.Client{Jar: jar, Transport: underPublicName{w}}}
	if w.surfers == nil {
		w.surfers = map[string]*surfer{}
	}
	w.surfers[login] = b
	return b, nil
}

// underPublicName leads what is sent to public_url's host to the gateway, as the proxy before it would.
type underPublicName struct{ w *world }

func (u underPublicName) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != publicHost {
		return http.DefaultTransport.RoundTrip(r)
	}
	inner := r.Clone(r.Context())
	inner.URL.Scheme, inner.URL.Host, inner.Host = "http", u.w.address, publicHost
	res, err := u.w.client.Transport.RoundTrip(inner)
	if res != nil {
		res.Request = r
	}
	return res, err
}

func (b *surfer) open(ctx context.Context, w *world, target string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return err
	}
	return b.send(w, req)
}

func (b *surfer) send(w *world, req *http.Request) error {
	res, err := b.http.Do(req)
	if err != nil {
		return err
	}
	b.at = res.Request.URL
	if err := w.keep(res); err != nil {
		return err
	}
	b.page = string(w.last.body)
	return nil
}

var (
	formOf   = regexp.MustCompile(`(?s)<form method="post" action="([^"]+)">(.*?)</form>`)
	hiddenIn = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)
)

func (b *surfer) press(ctx context.Context, w *world, action string, fields []string) error {
	all := formOf.FindAllStringSubmatch(b.page, -1)
	n := slices.IndexFunc(all, func(m []string) bool { return strings.HasSuffix(m[1], action) })
	if n < 0 {
		return fmt.Errorf("the page has no form that leads to %s:\n%s", action, b.page)
	}
	form := url.Values{}
	for _, m := range hiddenIn.FindAllStringSubmatch(all[n][2], -1) {
		form.Set(m[1], html.UnescapeString(m[2]))
	}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	to, err := b.at.Parse(html.UnescapeString(all[n][1]))
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", "null")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.send(w, req)
}
