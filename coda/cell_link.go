package coda

import (
	"net/mail"
	"net/url"
	"strings"
	"unicode"

	"github.com/bestviable/coda-gateway/coda/internal/lazyregexp"
	"github.com/bestviable/coda-gateway/coda/near"
)

// email reads an address; a name in front of it is not stored.
func (r *columnReader) email(v any) (any, error) {
	switch v := v.(type) {
	case Person:
		if v.Email != "" {
			return v.Email, nil
		}
	case string:
		if len(v) > 320+200 {
			break
		}
		s := strings.TrimPrefix(strings.TrimSpace(v), "mailto:")
		a, err := mail.ParseAddress(s)
		if err != nil {
			break
		}
		if a.Name != "" {
			r.say(r.col, "name", near.Sprintf("only the address is stored: %q = %s", clip(s, 60), a.Address))
		}
		return a.Address, nil
	}
	return nil, refuse("an e-mail address", "not an e-mail address")
}

var (
	markdownLink = lazyregexp.New(`^\[(.*)\]\(<?([^()\s<>]+)>?\)$`)
	angledLink   = lazyregexp.New(`^(?:([^<>]*)\s)?<([a-zA-Z][a-zA-Z0-9+.-]*:[^<>\s]+)>$`)
	bareHost     = lazyregexp.New(`^(?i)[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}(:\d+)?([/?#]\S*)?$`)
)

// linkIn takes the address out of the forms in which answers show named links.
func linkIn(s string) (address, name string) {
	s = strings.TrimSpace(s)
	if len(s) > maxRef || !strings.ContainsAny(s, "[<") {
		return s, ""
	}
	if m := markdownLink.FindStringSubmatch(s); m != nil && !strings.Contains(m[1], "](") {
		return m[2], m[1]
	}
	if m := angledLink.FindStringSubmatch(s); m != nil {
		return m[2], strings.TrimSpace(m[1])
	}
	return s, ""
}

// link reads a web address. A name is not stored with it: a cell takes the address alone.
func (r *columnReader) link(v any) (any, error) {
	var address, name string
	switch v := v.(type) {
	case Link:
		address, name = v.URL, v.Name
	case string:
		address, name = linkIn(v)
	default:
		return nil, refuse("a URL", "not a URL")
	}
	if len(address) > maxRef || strings.ContainsAny(address, " \n\t") {
		return nil, refuse("a URL", "not a URL")
	}
	u, err := url.Parse(address)
	switch {
	case err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "",
		err == nil && (u.Scheme == "mailto" || u.Scheme == "tel") && u.Opaque != "":
	case err == nil && u.Scheme != "" && u.Host != "" && u.Scheme != "javascript" && u.Scheme != "data":
	case bareHost.MatchString(address):
		r.say(r.col, address, near.Sprintf("%q = https://%s", clip(address, 60), clip(address, 60)))
		address = "https://" + address
	default:
		return nil, refuse("a URL such as https://example.com/page", "not a URL")
	}
	if name != "" && name != address {
		r.say(r.col, "name", "only the addresses of links are stored, not their names")
	}
	return address, nil
}

const imageForms = "a public http(s) URL that Coda can fetch"

// image reads the address of a picture or file, which Coda fetches and keeps a copy of.
func (r *columnReader) image(v any) (any, error) {
	var address string
	switch v := v.(type) {
	case Link:
		address = v.URL
	case string:
		address, _ = linkIn(v)
	}
	if err := Fetchable(address); err != nil {
		return nil, refuse(imageForms, "%s", err)
	}
	if r.col.Format.Type != ColImageReference {
		r.say(r.col, "copy", "Coda fetches what the address leads to and keeps its own copy; whether it can is not "+
			"known before")
	}
	return address, nil
}

// reaction reads an emoji.
func (r *columnReader) reaction(v any) (any, error) {
	s, ok := v.(string)
	s = strings.TrimSpace(s)
	if !ok || len(s) > 64 || strings.ContainsFunc(s,
		func(c rune) bool { return unicode.IsLetter(c) || unicode.IsSpace(c) }) ||
		!strings.ContainsFunc(s, func(c rune) bool { return c > unicode.MaxLatin1 }) {
		return nil, refuse("an emoji", "not an emoji")
	}
	return s, nil
}
