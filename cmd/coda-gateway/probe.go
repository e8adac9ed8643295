package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/handshake"
	"github.com/bestviable/coda-gateway/gateway/handshake/walk"
	"github.com/bestviable/coda-gateway/gateway/provider"
	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/keys"
)

// verdict is what check --online finds out about an issuer.
type verdict struct {
	URL      string   `json:"url"`
	Provider string   `json:"provider"`
	OK       bool     `json:"ok"`
	Steps    []probed `json:"steps"`
}

// probed is one thing that was looked at.
type probed struct {
	// Level is ok, warning or failed.
	Level string `json:"level"`
	Name  string `json:"name"`
	Text  string `json:"text"`
	// Cure says what to do about a warning or a failure.
	Cure string `json:"cure,omitempty"`
}

const (
	levelOK      = "ok"
	levelWarning = "warning"
	levelFailed  = "failed"
)

// probe asks an issuer what serve and MCP clients will ask it; w is how the doctor walks.
func probe(ctx context.Context, cfg *config.Config, issuer token.Issuer, w walk.Config) verdict {
	ctx, cancel := context.WithTimeout(ctx, onlineTimeout)
	defer cancel()
	v := verdict{URL: issuer.URL, Provider: cmp.Or(issuer.Provider, "generic")}
	p, _ := provider.Find(issuer.Provider)
	report, err := token.Discover(ctx, issuer, nil)
	v.document(report, issuer, p)
	v.keys(report, issuer, err)
	if doc := report.Document; doc != nil && doc.AccessTokenIssuer != "" && doc.AccessTokenIssuer != issuer.URL {
		v.add(levelFailed, "access tokens", "they have "+doc.AccessTokenIssuer+" as iss, as the document says, so none is "+
			"accepted", "write url: "+doc.AccessTokenIssuer+", sign_in: "+doc.Issuer+" and discovery_url with the address of "+
			"the document")
	}
	switch doc := report.Document; {
	case issuer.SignIn == token.SignInNone:
		v.add(levelOK, "sign-in", "nobody signs in here (sign_in: none)", "")
	case doc != nil:
		doc = v.signIn(ctx, doc, issuer)
		v.enterprise(doc)
		if failed := v.clients(ctx, cfg, issuer, doc, w); failed != nil {
			v.add(levelFailed, "sign-in", failed.Error(), "correct issuers[].url, or sign_in")
		}
	}
	v.OK = err == nil && !slices.ContainsFunc(v.Steps, func(s probed) bool { return s.Level == levelFailed })
	return v
}

func (v *verdict) add(level, name, text, cure string) {
	v.Steps = append(v.Steps, probed{level, name, text, cure})
}

func (v *verdict) document(r *keys.Report, issuer token.Issuer, p *provider.Provider) {
	var found []string
	for _, t := range r.Tried {
		if t.Err == nil {
			found = append(found, t.URL)
		}
	}
	missing := withoutCure(keys.Tell(r.Tried))
	nobody := issuer.SignIn == token.SignInNone
	switch {
	case r.Document != nil:
		v.add(levelOK, "discovery document", strings.Join(found, ", "), "")
	case issuer.JWKSURI != "" && nobody:
		v.add(levelOK, "discovery document",
			"not needed: jwks_uri is set, and nobody signs in here (sign_in: none)", "")
	case issuer.JWKSURI != "":
		level := levelWarning
		if keys.Answered(keys.Errors(r.Tried)) {
			level = levelFailed // nobody finds the way in, wherever they ask from
		}
		v.add(level, "discovery document", missing,
			"tokens can be verified with jwks_uri, but clients need this document to find the sign-in page: name the issuer "+
				"that has one in sign_in, and the document itself in discovery_url; if nobody signs in here, write sign_in: none")
	default:
		v.add(levelFailed, "discovery document", missing, issuer.Cure(keys.Errors(r.Tried)...))
	}
}

func (v *verdict) keys(r *keys.Report, issuer token.Issuer, err error) {
	switch {
	case len(r.Keys) > 0 && r.KeysError == nil:
		var algorithms []string
		for _, k := range r.Keys {
			algorithms = append(algorithms, k.Algorithms...)
		}
		slices.Sort(algorithms)
		v.add(levelOK, "keys", fmt.Sprintf("%s at %s for %s, fetched again every %s", count(len(r.Keys), "key"), r.JWKSURI,
			strings.Join(slices.Compact(algorithms), " "), r.TTL), "")
	case r.KeysError != nil:
		v.add(levelFailed, "keys", r.JWKSURI+": "+withoutCure(strings.TrimPrefix(r.KeysError.Error(), r.JWKSURI+": ")),
			keysCure(r.KeysError))
	case err != nil && r.Document != nil:
		v.add(levelFailed, "keys", err.Error(), "set jwks_uri, or configure introspection for opaque tokens")
	case err == nil && issuer.Introspection != nil:
		v.add(levelOK, "keys", "none published; tokens are introspected", "")
	}
	for _, skipped := range r.SkippedKeys {
		if skipped.Foreign {
			v.add(levelOK, "keys", "one is for another use: "+skipped.Why, "")
			continue
		}
		v.add(levelWarning, "keys", "one is ignored: "+skipped.Why, "tokens signed with it are refused")
	}
}

// scopes says whether the provider lists what clients ask for.
func (v *verdict) scopes(doc *keys.Discovery, issuer token.Issuer, supported []string, found []handshake.Finding) {
	asked := strings.Join(issuer.Ask(supported), " ")
	p, _ := provider.Find(issuer.Provider)
	i := slices.IndexFunc(found, func(f handshake.Finding) bool { return f.Code == handshake.ScopesUnknown })
	switch {
	case i >= 0:
		v.finding("scopes", found[i])
	case len(doc.ScopesSupported) == 0 || asked == "":
	case p != nil && p.NeedsPrefix != "" && issuer.ScopePrefix != "":
		v.add(levelOK, "scopes", "asked for as "+asked+"; "+p.Title+" lists none of an application's scopes", "")
	default:
		v.add(levelOK, "scopes", asked, "")
	}
}

// print writes the verdict as YAML comments, so that the output of check stays a configuration file.
func (v *verdict) print(w io.Writer) {
	summary := "can be used"
	if !v.OK {
		summary = "CANNOT BE USED"
	}
	fmt.Fprintf(w, "\n# issuer %s (%s) %s\n", v.URL, v.Provider, summary)
	for _, s := range v.Steps {
		s.line(w)
	}
}
