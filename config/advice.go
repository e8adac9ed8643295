package config

import (
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bestviable/coda-gateway/gateway/access"
	providers "github.com/bestviable/coda-gateway/gateway/provider"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// advise warns of what the runtime would find out with the first person who comes: combinations that can never work,
// that send people round, or that let in more than somebody reads in the file.
func (d *decoder) advise(cfg access.Config, policy *access.Policy, issuers []token.Issuer, own string) {
	nowhere := len(issuers) > 0
	prefix, first := "", -1
	for i := range issuers {
		issuer, path := &issuers[i], item("issuers", i)
		d.adviseIssuer(path, issuer, cfg, policy)
		if issuer.SignIn == token.SignInNone {
			continue
		}
		d.adviseSignIn(path, issuer, issuers, own)
		if nowhere = false; first >= 0 && issuer.ScopePrefix != prefix {
			d.warn(path+".scope_prefix", "clients that have not signed in are asked for the scopes of issuers[%d], because "+
				"there is only one list; people of this issuer are then asked for scopes that it does not know", first)
		}
		if first < 0 {
			prefix, first = issuer.ScopePrefix, i
		}
	}
	d.adviseDefaults(cfg, policy)
	for n := range cfg.Grants {
		d.adviseGrant(item("access", n), &cfg.Grants[n], issuers)
	}
	if nowhere && d.clean("issuers") {
		d.warn("issuers", "sign_in is none for every issuer, so clients do not learn where to sign in: only machines "+
			"that bring tokens can use this gateway")
	}
}

// adviseIssuer looks at one issuer with what its provider's tokens are like.
func (d *decoder) adviseIssuer(path string, i *token.Issuer, cfg access.Config, policy *access.Policy) {
	p, err := providers.Find(i.Provider)
	if err != nil {
		return // said where the name stands
	}
	if p.NeedsAudience != "" && len(i.Audiences) == 0 && !i.AllowMissingAudience {
		d.warn(path, "audiences is empty, so no token of this issuer can be accepted: %s", p.NeedsAudience)
	}
	if p.NeedsPrefix != "" && i.ScopePrefix == "" && i.SignIn != token.SignInNone && len(cfg.Supported) > 0 {
		d.advisePrefix(path, cfg.Supported[0], p)
	}
	if why := providers.EndpointCure(i.URL); why != "" {
		d.warn(path+".url", "no token has this as iss: %s", why)
	} else if p.NeverIssuer != nil && i.Introspection == nil && p.NeverIssuer(i.URL) != "" {
		d.warn(path+".url", "no token of this issuer can be accepted: %s", p.NeverIssuer(i.URL))
	}
	d.adviseTokens(path, i, p)
	d.adviseAudiences(path, i, p)
	d.adviseLong(i, cfg)
	d.adviseScopes(path, i, p, policy)
	d.adviseTenants(path, i, cfg)
	d.adviseEverybody(path, i, p, cfg)
	d.advisePlaces(path, i, p)
	d.adviseEmail(path, i, p, cfg)
	d.adviseUserNames(path, i, cfg)
	d.advisePaths(path, i)
}

// advisePrefix warns of scopes that cannot be asked for, or that come back shorter than they were asked for.
func (d *decoder) advisePrefix(path, scope string, p *providers.Provider) {
	_, rest, full := strings.Cut(scope, "://")
	if full && p.KeepsPrefix {
		return
	}
	if i := strings.LastIndexByte(rest, '/'); i >= 0 {
		short := rest[i+1:]
		d.warn(path, "tokens never carry %s, only the part after the slash, so people are asked for it again and again: "+
			"write scope_prefix: %s, and %s in scopes.supported and in access",
			quote(scope), quote(strings.TrimSuffix(scope, short)), quote(short))
		return
	}
	d.warn(path, "nobody can sign in with scopes such as %s: %s", scope, p.NeedsPrefix)
}

// adviseLong warns of scopes that are written as they are asked for.
func (d *decoder) adviseLong(i *token.Issuer, cfg access.Config) {
	if i.ScopePrefix == "" {
		return
	}
	long := func(at, scope string) {
		if short, ok := strings.CutPrefix(scope, i.ScopePrefix); ok {
			d.warn(at, "includes scope_prefix, but scopes are compared without it, so nobody would ever have this one; "+
				"write %s here, in scopes and in access", quote(short))
		}
	}
	for n, s := range cfg.Supported {
		long(item("scopes.supported", n), s)
	}
	for _, s := range slices.Sorted(maps.Keys(cfg.Implies)) {
		long(join("scopes.implies", s), s)
		for n, implied := range cfg.Implies[s] {
			long(item(join("scopes.implies", s), n), implied)
		}
	}
	for n, g := range cfg.Grants {
		for m, s := range g.When.Scopes {
			long(item(item("access", n)+".when.scopes", m), s)
		}
	}
}

func (d *decoder) adviseScopes(path string, i *token.Issuer, p *providers.Provider, policy *access.Policy) {
	d.adviseAsked(i, p, policy.Supported())
	if !policy.NeedsScopes(i.URL) {
		return
	}
	switch cure := p.WithoutScopes; {
	case len(i.Claims.Scopes) == 0 || cure != "" && !d.has(path+".claims.scopes"):
		if cure == "" {
			cure = "set claims.scopes to where they are, or write grants with when: {roles: […]} or when: " +
				"{groups: […]}"
		}
		d.warn(path, "every grant for this issuer requires a scope, but its tokens carry none, so people who sign in "+
			"there can do nothing; %s", cure)
	case i.SignIn == token.SignInNone:
		d.warn(path, "every grant for this issuer requires a scope, and with sign_in: none nobody can be asked for one: "+
			"make its tokens carry the scopes from the start, or write a grant with when: {issuers: [%s], claims: "+
			"{…}}", quote(i.URL))
	}
}

// adviseAsked warns of scopes at which a provider refuses the whole sign-in.
func (d *decoder) adviseAsked(i *token.Issuer, p *providers.Provider, supported []string) {
	if p.OnlyScopes == nil || i.SignIn == token.SignInNone {
		return
	}
	var strange []string
	for _, s := range supported {
		if !slices.Contains(p.OnlyScopes, s) && !strings.HasPrefix(s, "audience:") {
			strange = append(strange, s)
		}
	}
	if len(strange) > 0 {
		d.warn("scopes.supported", "nobody can sign in at %s, because it refuses requests for scopes that it does not "+
			"know (%s); write scopes.supported: [email, groups], and grants with when: {groups: […]}", i.URL,
			strings.Join(strange, " "))
	}
}

// adviseTenants warns of an open door: with tenants: any whoever has a Microsoft account of any company can sign in.
func (d *decoder) adviseTenants(path string, i *token.Issuer, cfg access.Config) {
	if _, held := i.RequiredClaims["tid"]; held || !slices.Equal(i.Tenants, []string{token.AnyTenant}) {
		return
	}
	for n, g := range cfg.Grants {
		w := g.When
		if len(w.Issuers) > 0 && !slices.Contains(w.Issuers, i.URL) { // others, or one tenant of it
			continue
		}
		if len(w.Roles)+len(w.Groups)+len(w.Subjects)+len(w.Emails)+len(w.EmailDomains)+len(w.Claims) > 0 {
			continue
		}
		at := path + ".tenants"
		d.warn(at, "ANYBODY in any organization in the world gets what access[%d] allows (%s), because it names no "+
			"tenant, group, role or "+
			"claim; list the tenants, or add a condition such as claims: {tid: […]}", n, strings.Join(g.Allow, ", "))
	}
}

// adviseEverybody warns of grants that let in whoever has a token of an issuer of strangers, too.
func (d *decoder) adviseEverybody(path string, i *token.Issuer, p *providers.Provider, cfg access.Config) {
	if p.Everybody == nil || len(i.ClientIDs) > 0 || namesOne(i.RequiredClaims, p.Own) {
		return
	}
	why := p.Everybody(i.URL)
	for n, g := range cfg.Grants {
		w := g.When
		if why == "" || len(w.Issuers) > 0 && !slices.Contains(w.Issuers, i.URL) || len(w.Scopes) > 0 {
			continue
		}
		if len(w.Groups)+len(w.Subjects)+len(w.ClientIDs) > 0 || namesOne(w.Claims, p.Own) {
			continue
		}
		d.warn(path, "ANYBODY in the world gets what access[%d] allows (%s): %s; name yours in client_ids, here or in "+
			"the grant", n, strings.Join(g.Allow, ", "), why)
	}
}

func namesOne[M ~map[string]V, V any](claims M, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		_, ok := claims[name]
		return ok
	})
}

// adviseEmail warns of rules about addresses that people choose themselves.
func (d *decoder) adviseEmail(path string, i *token.Issuer, p *providers.Provider, cfg access.Config) {
	if i.RequireVerifiedEmail || p.FreeEmail == "" {
		return
	}
	for n, g := range cfg.Grants {
		if w := g.When; len(w.Emails)+len(w.EmailDomains) == 0 || !isFor(w, i) {
			continue
		}
		d.warn(path, "access[%d] trusts e-mail addresses, and %s; write require_verified_email: true, and make the "+
			"provider send email_verified: an address in a token without it then does not count", n, p.FreeEmail)
		return
	}
}

// advisePaths warns of dots where a JSON Pointer is meant: a path without a slash at its beginning is one name, dots
// included.
func (d *decoder) advisePaths(path string, i *token.Issuer) {
	c := i.Claims
	for _, list := range []struct {
		key   string
		paths []token.Path
	}{
		{"scopes", c.Scopes}, {"roles", c.Roles}, {"groups", c.Groups},
		{"subject", c.Subject}, {"client_id", c.ClientID}, {"email", c.Email}, {"name", c.Name},
	} {
		for _, p := range list.paths {
			d.adviseDots(path+".claims."+list.key, p.String())
		}
	}
	for _, claim := range slices.Sorted(maps.Keys(i.RequiredClaims)) {
		d.adviseDots(join(path+".required_claims", claim), claim)
	}
}

func (d *decoder) adviseDots(at, claim string) {
	if !d.has(at) || !d.clean(at) {
		return
	}
	path, isPath := strings.CutPrefix(claim, "$.")
	if !isPath {
		path, isPath = strings.CutPrefix(claim, "#/")
	}
	pointer := quote(string(pointerOf(strings.FieldsFunc(path, func(r rune) bool {
		return strings.ContainsRune("./[]'\"", r)
	}))))
	switch {
	case isPath:
		d.warn(at, "%s is not a path that tokens have; write %s", quote(claim), pointer)
	case strings.HasPrefix(claim, "/"):
		switch {
		case strings.HasSuffix(claim, "/"):
			d.warn(at, "%s ends in a slash, so it points to a claim without a name; write %s", quote(claim),
				quote(strings.TrimRight(claim, "/")))
		case slices.Contains(strings.Split(claim, "/"), "*"):
			d.warn(at, "%s has a star, which is taken literally here; write a list with one path for each name", quote(claim))
		}
	case strings.ContainsAny(claim, " ,"):
		d.warn(at, "%s is one claim with a space or a comma in its name; if you mean several, write a list: [%s]",
			quote(claim), strings.Join(strings.FieldsFunc(claim, func(r rune) bool { return r == ' ' || r == ',' }), ", "))
	case strings.ContainsAny(claim, ":"):
	case !strings.Contains(claim, "/") && strings.Contains(claim, "."):
		d.warn(at, "%s is one claim whose name has dots in it; if you mean nested claims, write %s",
			quote(claim), pointer)
	case strings.Contains(claim, "/") && !strings.Contains(claim, "."):
		d.warn(at, "%s is one claim whose name has a slash in it; if you mean nested claims, write %s",
			quote(claim), pointer)
	}
}

func pointerOf(keys []string) (p jsontext.Pointer) {
	for _, key := range keys {
		p = p.AppendToken(key)
	}
	return p
}
