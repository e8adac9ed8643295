package provider

import (
	"net/url"
	"slices"
	"strings"
)

// Cure is what to do about a token that was refused.
type Cure struct {
	// Reason is the token package's word for the refusal.
	Reason string
	// When tells what the cure is for beside the reason; nil = whatever came.
	When func(Case) bool
	// Text says what to do. The placeholders of [Case.fill] stand in it.
	Text string
}

// Case is a refused token, as far as it could be read.
type Case struct {
	Reason string
	// Claims and Header are the token's, unverified; nil where it could not be read.
	Claims map[string]any
	Header map[string]string
	// PublicURL is the gateway's; Issuer the configured one that the token names.
	PublicURL, Issuer string
	// SeveralTenants: Issuer is a template.
	SeveralTenants bool
	// UnfitKey: the issuer answers, and the key that it publishes cannot be used for the token.
	UnfitKey bool
}

// Advise returns what to do about a refused token at a provider; empty where nothing is known. What came decides
// before the provider does.
func Advise(name string, c Case) string {
	all := All()
	var own []Cure
	if i := slices.IndexFunc(all, func(p *Provider) bool { return p.Name == name }); i > 0 {
		own = all[i].Cures
	}
	common := all[0].Cures
	for _, pass := range []struct {
		cures   []Cure
		special bool
	}{{own, true}, {common, true}, {own, false}, {common, false}} {
		for _, cure := range pass.cures {
			if cure.Reason == c.Reason && (cure.When != nil) == pass.special && (cure.When == nil || cure.When(c)) &&
				!c.wants(cure.Text) {
				return c.fill(cure.Text)
			}
		}
	}
	return ""
}

// fill puts what came into a text.
func (c Case) fill(text string) string {
	return strings.NewReplacer(
		"<public_url>", c.PublicURL,
		"<aud>", or(or(c.ownAudience(), first(c.audiences())), "<aud>"),
		"<iss>", or(c.text("iss"), "<iss>"),
		"<client>", or(first(c.texts("azp", "client_id", "appid", "cid", "repository", "project_path")), "<client id>"),
		"<tid>", or(c.text("tid"), "<tenant id>"),
		"<key>", or(c.Header["kid"], "<kid>"),
	).Replace(text)
}

func or(s, other string) string {
	if s != "" {
		return s
	}
	return other
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// text is a claim that is a string, short and plain enough to be repeated.
func (c Case) text(name string) string {
	s, _ := c.Claims[name].(string)
	if len(s) > 200 || strings.ContainsFunc(s, func(r rune) bool { return r < 0x21 || r > 0x7e }) {
		return ""
	}
	return s
}

// texts are those of some claims that are there.
func (c Case) texts(names ...string) []string {
	var out []string
	for _, name := range names {
		if s := c.text(name); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// audiences are the token's, as far as they are plain.
func (c Case) audiences() []string {
	var out []string
	switch aud := c.Claims["aud"].(type) {
	case string:
		if c.text("aud") != "" {
			out = append(out, aud)
		}
	case []any:
		for _, v := range aud {
			if s := (Case{Claims: map[string]any{"aud": v}}).text("aud"); s != "" {
				out = append(out, s)
			}
		}
	}
	return out
}

// hasAudience tells whether one of the audiences is among values.
func (c Case) hasAudience(values ...string) bool {
	return slices.ContainsFunc(c.audiences(), func(a string) bool { return slices.Contains(values, a) })
}

// originAudience tells of a token whose audience is at the gateway's own origin, but not its public URL.
func originAudience(c Case) bool { return c.ownAudience() != "" }

// ownAudience is an audience at the gateway's own origin, wherever it stands among others; empty = there is none.
func (c Case) ownAudience() string {
	own, err := url.Parse(c.PublicURL)
	if err != nil || own.Host == "" {
		return ""
	}
	for _, a := range c.audiences() {
		u, err := url.Parse(a)
		if err == nil && strings.EqualFold(u.Scheme, own.Scheme) && strings.EqualFold(u.Host, own.Host) {
			return a
		}
	}
	return ""
}

// noIssuer tells of a token that does not say who issued it.
func noIssuer(c Case) bool { return c.Claims != nil && c.Claims["iss"] == nil }

// noAudience tells of a token that names nobody: it has no `aud`, or nothing in it.
func noAudience(c Case) bool {
	switch aud := c.Claims["aud"].(type) {
	case nil:
		return c.Claims != nil
	case string:
		return aud == ""
	case []any:
		return !slices.ContainsFunc(aud, func(v any) bool { return v != "" })
	}
	return false
}

// wants reports whether a text speaks of the token's audience, and there is none.
func (c Case) wants(text string) bool { return noAudience(c) && strings.Contains(text, "<aud>") }
