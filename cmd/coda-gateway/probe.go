package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/config"
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

// probe asks an issuer what serve and MCP clients will ask it.
func probe(ctx context.Context, cfg *config.Config, issuer token.Issuer, register bool) verdict {
	ctx, cancel := context.WithTimeout(ctx, onlineTimeout)
	defer cancel()
	v := verdict{URL: issuer.URL, Provider: cmp.Or(issuer.Provider, "generic")}
	p, _ := provider.Find(issuer.Provider)
	report, err := token.Discover(ctx, issuer, nil)
	v.document(report, issuer, p)
	v.keys(report, issuer, err)
	switch doc := report.Document; {
	case issuer.SignIn == token.SignInNone:
		v.add(levelOK, "sign-in", "nobody signs in here (sign_in: none)", "")
	case doc != nil:
		doc = v.signIn(ctx, doc, issuer)
		v.clients(doc, p)
		v.enterprise(doc)
		v.issuerInAnswer(doc)
		if register {
			v.register(ctx, doc, issuer, issuer.Ask(cfg.Access.Supported))
		}
		v.scopes(doc, issuer, cfg.Access.Supported, p)
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
			"none is needed: jwks_uri is set, and nobody signs in here (sign_in: none)", "")
	case issuer.JWKSURI != "":
		level := levelWarning
		if keys.Answered(keys.Errors(r.Tried)) {
			level = levelFailed // nobody finds the way in, wherever they ask from
		}
		v.add(level, "discovery document", missing,
			"tokens can be verified with jwks_uri, but clients find the sign-in page by this document: name in "+
				"sign_in the issuer whose document there is, and in discovery_url the document itself; where nobody signs in, "+
				"write sign_in: none")
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
		v.add(levelOK, "keys", fmt.Sprintf("%s at %s for %s, read again every %s", count(len(r.Keys), "key"), r.JWKSURI,
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
			v.add(levelOK, "keys", "one is for something else: "+skipped.Why, "")
			continue
		}
		v.add(levelWarning, "keys", "one is passed over: "+skipped.Why, "tokens signed with it are refused")
	}
}

// clients looks at what MCP clients need before they open a browser.
func (v *verdict) clients(doc *keys.Discovery, p *provider.Provider) {
	if doc.AuthorizationEndpoint == "" || doc.TokenEndpoint == "" {
		v.add(levelWarning, "sign-in", "no authorization_endpoint or token_endpoint", "clients cannot sign anybody in here")
	}
	switch {
	case slices.Contains(doc.CodeChallengeMethods, "S256"):
		v.add(levelOK, "PKCE", "S256", "")
	case p != nil && p.NoS256 != "":
		v.add(levelWarning, "PKCE", "code_challenge_methods_supported does not list S256", p.NoS256)
	default:
		v.add(levelWarning, "PKCE", "code_challenge_methods_supported does not list S256",
			"MCP clients stop before they open the browser; switch PKCE on at the provider")
	}
	var ways []string
	if doc.ClientIDMetadataDocuments {
		ways = append(ways, "client ID metadata documents")
	}
	if doc.RegistrationEndpoint != "" {
		ways = append(ways, "dynamic registration")
	}
	if len(ways) == 0 {
		v.add(levelWarning, "client registration", "neither dynamic registration nor client ID metadata documents",
			"register a client by hand, and have people type its id into their MCP client")
	} else {
		v.add(levelOK, "client registration", strings.Join(ways, ", "), "")
	}
	if doc.ClientIDMetadataDocuments && len(doc.AuthMethodsSupported) > 0 &&
		!slices.Contains(doc.AuthMethodsSupported, "none") {
		v.add(levelWarning, "public clients", `token_endpoint_auth_methods_supported lacks "none"`, "Claude then does not use its metadata document and registers dynamically instead")
	}
	if !slices.Contains(doc.ScopesSupported, "offline_access") && len(doc.ScopesSupported) > 0 {
		v.add(levelWarning, "refresh tokens", "offline_access is not among the provider's scopes",
			"Claude asks for refresh tokens only where it is; people may have to sign in again whenever a token expires")
	}
}

// issuerInAnswer tells of what is good to have, and nothing that anybody needs.
func (v *verdict) issuerInAnswer(doc *keys.Discovery) {
	if doc.IssParameter {
		v.add(levelOK, "answer of the sign-in", "names the issuer (RFC 9207)", "")
	} else {
		v.add(levelOK, "answer of the sign-in", "does not name the issuer (RFC 9207): ChatGPT then has a redirect URI of "+
			"its own for each connector", "")
	}
}

// scopes looks for scopes that the gateway asks for and the provider does not list: sign-ins then end in invalid_scope.
func (v *verdict) scopes(doc *keys.Discovery, issuer token.Issuer, supported []string, p *provider.Provider) {
	if len(doc.ScopesSupported) == 0 || len(supported) == 0 {
		return
	}
	asked := issuer.Ask(supported)
	unknown := slices.DeleteFunc(slices.Clone(asked), func(s string) bool {
		return slices.Contains(doc.ScopesSupported, s)
	})
	switch {
	case len(unknown) == 0:
		v.add(levelOK, "scopes", strings.Join(asked, " "), "")
	case p != nil && p.NeedsPrefix != "" && issuer.ScopePrefix != "":
		v.add(levelOK, "scopes",
			"asked for as "+strings.Join(asked, " ")+"; "+p.Title+" lists none of an application's scopes", "")
	default:
		v.add(levelWarning, "scopes", "the provider does not list "+strings.Join(unknown, " "),
			"create them there, or leave them out of scopes.supported; some providers list only a part of their scopes")
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
