package config

import (
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/wellknown"
)

// build makes the typed configuration and does the checks that look at more than one key. It also runs on a file with
// problems, to find those that are left; what failed to decode is then zero and not looked at again.
func (d *decoder) build(f *File) *Config {
	cfg := &Config{
		PublicURL:         f.PublicURL.PublicURL,
		Listen:            string(f.Listen),
		AdminListen:       string(f.Admin.Listen),
		TrustedProxies:    convert(f.TrustedProxies, func(p prefix) netip.Prefix { return netip.Prefix(p) }),
		AllowedHosts:      texts(f.AllowedHosts),
		AllowedOrigins:    texts(f.AllowedOrigins),
		ShutdownGrace:     time.Duration(f.ShutdownGrace),
		Runtime:           Runtime{GCPercent: int(f.Runtime.GCPercent), MemoryLimit: int64(f.Runtime.MemoryLimit)},
		Log:               Log{Format: string(f.Log.Format)},
		Resource:          Resource{Name: f.Resource.Name, Documentation: string(f.Resource.Documentation)},
		DiscoveryRedirect: f.Discovery.Compatibility == "redirect",
		StrictVersions:    f.Compatibility.VersionMismatch == "strict",
	}
	cfg.Log.Level, _ = zerolog.ParseLevel(string(f.Log.Level))
	if f.TLS != nil {
		cfg.TLS = &TLS{Cert: string(f.TLS.Cert), Key: string(f.TLS.Key)}
	}
	cfg.Resource.MetadataURL, cfg.Resource.MetadataPath = d.metadataURL(f)
	d.publicAddress(f)
	d.certificate(f.TLS)
	d.listeners(f)
	cfg.Issuers = d.issuers(f.Issuers)
	cfg.Coda = d.coda(f.Coda)
	cfg.StateKeys = d.stateKeys(f.State)
	d.audit(f.Audit)
	cfg.Limits = d.limits(&f.Limits, d.catalogue(f), cfg.StateKeys)
	cfg.Access = d.access(f, cfg.Issuers)
	cfg.Coda.Enrollment = d.enrollment(f, cfg.Issuers)
	cfg.Coda.Credentials = d.credentials(f, cfg)
	d.revoked(f.Revoked, cfg.Issuers)
	cfg.File = cfg.shown(*f)
	return cfg
}

func convert[From, To any](list []From, f func(From) To) []To {
	out := make([]To, len(list))
	for i, v := range list {
		out[i] = f(v)
	}
	return out
}

func texts[T ~string](list []T) []string {
	return convert(list, func(v T) string { return string(v) })
}

// healthPath answers load balancers, whatever Host they name.
const healthPath = "/healthz"

func (d *decoder) publicAddress(f *File) {
	p := f.PublicURL.PublicURL
	if p.Raw == "" {
		return
	}
	if p.Path == healthPath {
		d.problem("public_url", "%s is the health check for load balancers; write another path, such as /mcp",
			quote(p.Raw))
	}
	if canonical := p.Origin + p.Path; canonical != p.Raw {
		d.warn("public_url", "many clients compare this URL in its canonical form; write %s, which is also what "+
			"people "+
			"should type", quote(canonical))
	}
}

// metadataURL holds the place of the metadata to the origin that clients trust with it, and to paths that nothing
// else has.
func (d *decoder) metadataURL(f *File) (text, path string) {
	const at = "resource.metadata_url"
	own := f.PublicURL.PublicURL
	u, err := url.Parse(string(f.Resource.MetadataURL))
	if err != nil || u.Host == "" || own.Raw == "" || !d.clean(at) {
		return "", ""
	}
	switch path = u.EscapedPath(); {
	case u.Scheme+"://"+canonicalHost(u) != own.Origin:
		d.problem(at, "%s does not have the origin of public_url; write a URL that begins with "+
			"%s/", quote(u.String()), own.Origin)
	case u.RawQuery != "":
		d.problem(at, "%s has a query; remove it", quote(u.String()))
	case path == "" || path == "/" || strings.TrimSuffix(path, "/") == strings.TrimSuffix(own.Path, "/"),
		path == healthPath, wellknown.IsAuthorizationServer(path):
		d.problem(at, "%s is already used for something else; write another path", quote(u.String()))
	default:
		return u.String(), path
	}
	return "", ""
}

// certificate looks at the files without parsing them: they may be renewed at any time.
func (d *decoder) certificate(f *tlsFile) {
	if f == nil {
		return
	}
	for _, named := range []struct {
		path   string
		file   filePath
		secret bool
	}{{"tls.cert", f.Cert, false}, {"tls.key", f.Key, true}} {
		if named.file == "" {
			continue
		}
		_, mode, err := d.opts.ReadFile(string(named.file))
		if err != nil {
			d.problem(named.path, "file %s cannot be read: %s", named.file, reason(err))
		} else if named.secret {
			d.checkMode(named.path, "file "+string(named.file), mode)
		}
	}
}

func (d *decoder) listeners(f *File) {
	if !d.clean("listen", "admin.listen") {
		return
	}
	if f.Listen == f.Admin.Listen && !strings.HasSuffix(string(f.Listen), ":0") {
		at := "admin.listen"
		if !d.has(at) {
			at = "listen"
		}
		d.problem(at,
			"the public and the admin listener have the same address %s; give admin.listen another one, or \"\" for "+
				"none", f.Listen)
	}
	if !f.Admin.Listen.local() {
		d.warn("admin.listen", "%s is reachable from other machines, and the admin listener does not authenticate; use "+
			"127.0.0.1 or a Unix socket, or restrict access with network rules", f.Admin.Listen)
	}
	for i, p := range f.TrustedProxies {
		if netip.Prefix(p).IsValid() && netip.Prefix(p).Bits() == 0 {
			d.warn(item("trusted_proxies", i), "%s trusts everyone, so anybody can put any client address into the log; "+
				"name the proxies", netip.Prefix(p))
		}
	}
}

func (d *decoder) coda(f codaFile) Coda {
	c := Coda{BaseURL: strings.TrimRight(string(f.BaseURL), "/"), Budgets: Budgets(f.Budgets)}
	if err := noQuery(c.BaseURL); err != nil {
		d.problem("coda.base_url", "%s", err)
	}
	if d.nobodyLends(f) && d.clean("coda") {
		d.problem("coda.token", "is missing; write token: ${file:/run/secrets/coda-token}, or use coda.credentials")
	}
	c.Token = d.requiredSecret("coda.token", f.Token)
	c.ToolSets = d.toolSets(f.ToolSets)
	return c
}

// requiredSecret resolves the text of a secret that must be there and must be usable in a header.
func (d *decoder) requiredSecret(path string, text secretText) Secret {
	if !d.has(path) || !d.clean(path) {
		return Secret{}
	}
	if text == "" {
		d.problem(path, "is empty; %s", secretForms)
		return Secret{}
	}
	s, ok := d.resolve(path, text)
	if !ok || !d.checkOneLine(path, s) {
		return Secret{}
	}
	return s
}

// Token is the configuration of the token verifier; the caller adds transport, log and clock.
func (c *Config) Token() token.Config {
	return token.Config{Resource: c.PublicURL.Raw, Issuers: c.Issuers}
}
