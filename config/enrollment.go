package config

import (
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/connect"
	"github.com/bestviable/coda-gateway/gateway/token"
)

type enrollmentFile struct {
	Enabled      bool       `key:"enabled" default:"false" example:"true" doc:"People can bring their own Coda token at /connect, next to the last segment of public_url. They sign in at the first issuer that people can sign in at, and then act with their own Coda account."`
	ClientID     string     `key:"client_id" default:"\"\"" flags:"empty" example:"coda-gateway" lost:"free" doc:"The gateway's own client at that issuer, with the authorization code flow, PKCE and the redirect URI /connect/callback. It must be able to get the same access tokens as MCP clients."`
	ClientSecret secretText `key:"client_secret" default:"\"\"" flags:"empty secret" example:"${file:/run/secrets/connect-client}" doc:"The client's secret; empty = a public client."`
	Required     bool       `key:"required" default:"false" example:"true" doc:"People who have not brought a token have no Coda account here: nobody is given coda.token or coda.credentials."`
}

// Enrollment says whether and how people bring their own Coda token.
type Enrollment struct {
	Enabled      bool
	ClientID     string
	ClientSecret Secret
	Required     bool
}

// enrollment resolves what belongs to the page where people bring their token, and holds it to what else is in the
// file.
func (d *decoder) enrollment(f *File, issuers []token.Issuer) Enrollment {
	const at = "coda.enrollment"
	e := f.Coda.Enrollment
	out := Enrollment{Enabled: e.Enabled, ClientID: e.ClientID, Required: e.Required}
	if e.ClientSecret != "" && d.clean(at+".client_secret") {
		if secret, ok := d.resolve(at+".client_secret", e.ClientSecret); ok && d.checkOneLine(at+".client_secret", secret) {
			out.ClientSecret = secret
		}
	}
	if !d.clean(at) {
		return out
	}
	if !e.Enabled {
		if e.Required {
			d.problem(at+".required", "is true but enabled is false, so nobody could do anything; write enabled: true")
		}
		return out
	}
	if e.ClientID == "" {
		d.problem(at+".client_id", "is missing; register a client for this gateway at the identity provider, with the "+
			"redirect URI %s, and write its id here", d.callback(f))
	}
	if len(f.State.Keys) == 0 && d.clean("state.keys") {
		d.problem("state.keys", "is missing, and coda.enrollment needs a key to encrypt people's Coda tokens and "+
			"sign-ins; write keys: [\"${file:/run/secrets/state-key}\"], and put the output of openssl rand -base64 32 "+
			"into that file")
	}
	if f.State.Store == "" && d.clean("state.store") {
		d.warn("state.store", "is memory, so the tokens that people bring at /connect are lost when the process ends; "+
			"name a file, as in /var/lib/coda-gateway/state.db")
	}
	d.connectPath(f)
	d.enrollmentIssuer(e, issuers)
	return out
}

func (d *decoder) callback(f *File) string {
	if f.PublicURL.Raw == "" {
		return "https://mcp.example.com/connect" + connect.CallbackPath
	}
	return f.PublicURL.Origin + connect.Path(f.PublicURL.Path) + connect.CallbackPath
}

// connectPath keeps the page from being where something else is.
func (d *decoder) connectPath(f *File) {
	own := f.PublicURL.PublicURL
	if own.Raw == "" {
		return
	}
	path := connect.Path(own.Path)
	if strings.TrimSuffix(own.Path, "/") == path {
		d.problem("public_url", "%s is the page of coda.enrollment; write another path, such as /mcp",
			quote(own.Raw))
	}
	metadata := strings.TrimPrefix(string(f.Resource.MetadataURL), own.Origin)
	if metadata == path || strings.HasPrefix(metadata, path+"/") {
		d.problem("resource.metadata_url", "%s is the page of coda.enrollment; write another path",
			quote(string(f.Resource.MetadataURL)))
	}
}

// enrollmentIssuer looks at where people sign in for the page.
func (d *decoder) enrollmentIssuer(e enrollmentFile, issuers []token.Issuer) {
	const at = "coda.enrollment"
	first := slices.IndexFunc(issuers, func(i token.Issuer) bool { return i.Advertised() != "" })
	switch {
	case !d.clean("issuers") || len(issuers) == 0:
		return
	case first < 0:
		d.problem(at+".enabled", "is true, but sign_in is none for every issuer, so nobody can sign in to bring a "+
			"token; remove sign_in from one of them")
		return
	}
	if ids := issuers[first].ClientIDs; len(ids) > 0 && e.ClientID != "" && !slices.Contains(ids, e.ClientID) {
		d.warn(at+".client_id", "nobody can sign in at /connect: %s does not list %s", item("issuers", first)+".client_ids",
			quote(e.ClientID))
	}
	for n := range issuers {
		if other := issuers[n].Advertised(); other != "" && other != issuers[first].Advertised() {
			d.warn(at+".enabled", "people sign in at %s for /connect, so people of %s cannot bring a token",
				issuers[first].Advertised(), other)
		}
	}
}
