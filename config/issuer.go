package config

import (
	"encoding/pem"
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	providers "github.com/bestviable/coda-gateway/gateway/provider"
	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/fetch"
)

func (d *decoder) issuers(files []issuerFile) []token.Issuer {
	if len(files) == 0 && d.has("issuers") && d.clean("issuers") {
		d.problem("issuers", "is empty; name at least one, as in - url: https://id.example.com/realms/company")
	}
	first := map[issuerURL]int{}
	var introspecting, opaque []string
	list := make([]token.Issuer, 0, len(files))
	for i, f := range files {
		path := item("issuers", i)
		if earlier, again := first[f.URL]; again && f.URL != "" {
			d.problem(path+".url", "%s is already issuers[%d]; put both into one entry", quote(string(f.URL)), earlier)
		} else {
			first[f.URL] = i
		}
		issuer := d.issuer(path, f)
		if issuer.Introspection != nil {
			introspecting = append(introspecting, path)
			if issuer.Introspection.Opaque {
				opaque = append(opaque, path)
			}
		}
		list = append(list, issuer)
	}
	if len(introspecting) > 1 && len(opaque) != 1 {
		d.problem(introspecting[1]+".introspection", "an opaque token does not say who issued it, and %d issuers "+
			"have introspection (%s); "+
			"write opaque: true for the one that should be asked", len(introspecting), strings.Join(introspecting, ", "))
	}
	return list
}

// issuer lays what the file says over the provider's preset.
func (d *decoder) issuer(path string, f issuerFile) token.Issuer {
	issuer := preset(f.Provider)
	issuer.URL, issuer.Provider, issuer.JWKSURI = string(f.URL), string(f.Provider), string(f.JWKSURI)
	issuer.Tenants, issuer.DiscoveryURL, issuer.SignIn = texts(f.Tenants), string(f.DiscoveryURL), string(f.SignIn)
	issuer.ScopePrefix, issuer.AllowHTTP, issuer.RequireVerifiedEmail = string(f.ScopePrefix), f.AllowHTTP,
		f.RequireVerifiedEmail
	issuer.CAFile, issuer.CA = string(f.CAFile), d.authority(path+".ca_file", f.CAFile)
	d.issuerPlaces(path, f)
	override(&issuer.Audiences, f.Audiences)
	override(&issuer.ClientIDs, f.ClientIDs)
	override(&issuer.AllowMissingAudience, f.AllowMissingAudience)
	override(&issuer.AllowIDTokens, f.AllowIDTokens)
	if f.Algorithms != nil {
		if issuer.Algorithms = texts(*f.Algorithms); len(issuer.Algorithms) == 0 {
			d.problem(path+".algorithms", "is empty, so no token could be accepted; remove the key for the "+
				"default, or list some, as in [RS256, ES256]")
		}
	}
	if f.TokenType != nil {
		issuer.TokenType = string(*f.TokenType)
	}
	if f.RequiredClaims != nil {
		issuer.RequiredClaims = d.requirements(path+".required_claims", *f.RequiredClaims)
	}
	if f.NotBefore != nil {
		issuer.NotBefore = time.Time(*f.NotBefore)
	}
	for _, c := range []struct {
		to   *[]token.Path
		from *[]claimPath
	}{
		{&issuer.Claims.Subject, f.Claims.Subject},
		{&issuer.Claims.Scopes, f.Claims.Scopes}, {&issuer.Claims.Roles, f.Claims.Roles},
		{&issuer.Claims.Groups, f.Claims.Groups},
		{&issuer.Claims.ClientID, f.Claims.ClientID}, {&issuer.Claims.Email, f.Claims.Email},
		{&issuer.Claims.Name, f.Claims.Name},
	} {
		if c.from != nil {
			*c.to = convert(*c.from, func(p claimPath) token.Path { return p.Path })
		}
	}
	if f.Claims.Email != nil {
		issuer.VerifiesEmail = false // nobody knows whether what is there is checked
	}
	if f.Claims.Subject != nil && len(issuer.Claims.Subject) == 0 && d.clean(path+".claims.subject") {
		d.problem(path+".claims.subject", "is empty, so no token would identify a person; remove the key for sub, or "+
			"name the claim")
	}
	if issuer.AllowMissingAudience && len(issuer.ClientIDs) == 0 && d.clean(path+".client_ids") {
		d.problem(path+".allow_missing_audience", "a token without an audience is accepted only from known "+
			"clients; list them in client_ids, or write false")
	}
	if f.AllowIDTokens != nil && *f.AllowIDTokens && !preset(f.Provider).AllowIDTokens {
		d.warn(path+".allow_id_tokens", "ID tokens are meant for clients to read and are guarded less carefully than "+
			"access tokens; this setting accepts them here")
	}
	issuer.Introspection = d.introspection(path+".introspection", f.Introspection)
	if d.clean(path) && !d.opts.acceptRedacted {
		// The verifier has the last word on what it can work with.
		if err := issuer.Validate(); err != nil {
			d.problem(path, "%s", strings.ReplaceAll(err.Error(), "\n", "; "))
		}
	}
	return issuer
}

// issuerPlaces looks at where the issuer is, as far as that takes more than one key.
func (d *decoder) issuerPlaces(path string, f issuerFile) {
	hasTemplate := strings.Contains(string(f.URL), token.TenantTemplate)
	switch {
	case hasTemplate && len(f.Tenants) == 0 && d.clean(path+".tenants"):
		d.problem(path+".url", "contains %s, but no tenant is named; list them in tenants, or write tenants: any",
			token.TenantTemplate)
	case !hasTemplate && len(f.Tenants) > 0:
		d.problem(path+".tenants", "are for a url with %s in place of the tenant; write that there, or remove tenants",
			token.TenantTemplate)
	}
	if slices.Contains(f.Tenants, token.AnyTenant) && len(f.Tenants) > 1 {
		d.problem(path+".tenants", "any must stand alone; remove it, or the others")
	}
	d.issuerOverHTTP(path, f)
	for _, issuer := range []string{string(f.URL), string(f.SignIn)} {
		if f.DiscoveryURL != "" && string(f.DiscoveryURL) == issuer {
			d.problem(path+".discovery_url", "%s is the issuer itself; write the address of its document, as in %s, or "+
				"remove the key if the document is there", quote(issuer),
				quote(strings.TrimSuffix(issuer, "/")+"/.well-known/openid-configuration"))
		}
	}
	if strings.HasPrefix(string(f.URL), "https://login.microsoftonline.com/"+token.ConsumerTenant) {
		d.problem(path+".url", "%s is the tenant of all personal Microsoft accounts, so anybody could get in; write "+
			"your organization's tenant", quote(token.ConsumerTenant))
	}
	for _, u := range []struct {
		at  string
		url fetchedURL
	}{
		{path + ".discovery_url", f.DiscoveryURL}, {path + ".jwks_uri", f.JWKSURI},
		{path + ".introspection.endpoint", endpointOf(f.Introspection)},
	} {
		if err := noPlainHTTP(string(u.url)); err != nil && !f.AllowHTTP && d.clean(u.at) {
			if isInside(string(u.url)) {
				d.problem(u.at, "%s is plain http; if it is reached like that in a private network, add allow_http: "+
					"true", quote(string(u.url)))
				continue
			}
			d.problem(u.at, "%s, or add allow_http: true if it is in a private network", err)
		}
	}
	if p := string(f.ScopePrefix); p != "" && !strings.ContainsAny(p[len(p)-1:], "/:.#") {
		d.warn(path+".scope_prefix", "clients ask for scopes such as %s; if a slash belongs in between, add it at the "+
			"end", quote(p+"coda:read"))
	}
}

// issuerOverHTTP tells what to write where a provider is reached by plain http: people and their clients never do that,
// so its public address is the issuer, and the private one is where the gateway reads the document.
func (d *decoder) issuerOverHTTP(path string, f issuerFile) {
	raw := string(f.URL)
	if noPlainHTTP(raw) == nil || f.SignIn != "" || !d.clean(path+".sign_in") {
		return
	}
	if p, err := providers.Find(string(f.Provider)); err == nil && p.SignInAt != nil && p.SignInAt(raw) != "" {
		d.problem(path+".url", "%s is plain http, which is right for the iss of %s, but nobody can sign in there; add "+
			"sign_in: %s", quote(raw), p.Title, p.SignInAt(raw))
		return
	}
	at := f.DiscoveryURL
	if at == "" {
		at = fetchedURL(strings.TrimSuffix(raw, "/") + "/.well-known/openid-configuration")
	}
	d.problem(path+".url", "%s is plain http, so people cannot sign in there: write the provider's public https "+
		"address, the one that tokens have as iss, and give the gateway the private one with discovery_url: %s and "+
		"allow_http: true; if tokens name an issuer that nobody fetches (AD FS), put the sign-in address into sign_in",
		quote(raw), quote(string(at)))
}

// isInside tells the hosts that nobody outside knows: a name of one word, as of a container, one that is kept for
// private networks, a private address.
func isInside(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil {
		return false
	}
	host := strings.ToLower(u.Hostname())
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsPrivate() || ip.IsLinkLocalUnicast()
	}
	_, zone, dotted := strings.Cut(host, ".")
	return !dotted || zone == "svc" || slices.ContainsFunc([]string{".svc", ".local", ".internal", ".lan"},
		func(end string) bool { return strings.HasSuffix(host, end) })
}

func endpointOf(f *introspectionFile) fetchedURL {
	if f == nil {
		return ""
	}
	return f.Endpoint
}

// authority reads private certificate authorities.
func (d *decoder) authority(path string, f filePath) []byte {
	if f == "" || !d.clean(path) {
		return nil
	}
	data, _, err := d.opts.ReadFile(string(f))
	if err != nil {
		d.problem(path, "file %s cannot be read: %s", f, reason(err))
		return nil
	}
	if _, err := fetch.Roots(data); err != nil {
		d.problem(path, "file %s: %s", f, err)
		return nil
	}
	return data
}

func override[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// requirements checks the claim paths of a map; what they must be is for [token.Requirements] to compare.
func (d *decoder) requirements(path string, m map[string]claimValues) token.Requirements {
	if m == nil {
		return nil
	}
	out := token.Requirements{}
	for _, claim := range slices.Sorted(maps.Keys(m)) {
		at := join(path, claim)
		if _, err := token.ParsePath(claim); err != nil {
			d.problem(at, "%s", err)
		}
		if len(m[claim]) == 0 && d.clean(at) {
			d.problem(at, "has no accepted value, so no token could be accepted; write a value or a list of values")
		}
		out[claim] = convert(m[claim], func(v claimValue) any { return v.any })
	}
	return out
}

func (d *decoder) introspection(path string, f *introspectionFile) *token.Introspection {
	none := introspectionFile{Auth: "basic"}
	if f == nil || *f == none || !d.clean(path) {
		return nil
	}
	out := &token.Introspection{ClientID: f.ClientID, Endpoint: string(f.Endpoint), Auth: string(f.Auth), Always: f.Always,
		Opaque: f.Opaque}
	if f.ClientID == "" {
		d.problem(path+".client_id", "is missing; write the id of the gateway's own client at the issuer")
	}
	wanted, other := "client_secret", "private_key"
	secret, unused := f.ClientSecret, f.PrivateKey
	if f.Auth == "private_key_jwt" {
		wanted, other, secret, unused = other, wanted, unused, secret
	}
	if unused != "" {
		d.problem(join(path, other), "is not used with auth: %s; remove it, or write auth: %s", f.Auth,
			map[string]string{"client_secret": "basic", "private_key": "private_key_jwt"}[other])
	}
	if secret == "" {
		d.problem(join(path, wanted), "is missing, and auth: %s needs it; %s", f.Auth, secretForms)
		return out
	}
	s, ok := d.resolve(join(path, wanted), secret)
	switch {
	case !ok:
	case f.Auth == "private_key_jwt":
		d.checkPrivateKey(join(path, wanted), s)
		out.PrivateKey = s.Reveal()
	case d.checkOneLine(join(path, wanted), s):
		out.ClientSecret = s.Reveal()
	}
	return out
}

func (d *decoder) checkPrivateKey(path string, s Secret) {
	block, _ := pem.Decode([]byte(s.Reveal()))
	switch {
	case s.Reveal() == redacted && d.opts.acceptRedacted:
	case block == nil:
		d.problem(path, "is not PEM; write a key that begins with the line -----BEGIN PRIVATE KEY-----")
	case strings.Contains(block.Type, "ENCRYPTED") || block.Headers["DEK-Info"] != "":
		d.problem(path, "is encrypted with a passphrase; remove it (openssl pkey -in KEY -out PLAIN), and keep the key "+
			"in a file that only the gateway can read")
	case !strings.HasSuffix(block.Type, "PRIVATE KEY"):
		d.problem(path, "contains a %s, not a private key", strings.ToLower(block.Type))
	}
}
