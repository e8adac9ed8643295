package main

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/handshake"
	"github.com/bestviable/coda-gateway/gateway/handshake/walk"
	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/keys"
)

// The walk of check --online is the doctor's: it says the same of a provider and of the public URL, in the same words.
// Its findings are warnings here, since serve runs with them, and since much looks otherwise from inside a network.

// publicTimeout bounds the look at the public URL.
const publicTimeout = 45 * time.Second

// walkConfig is how the doctor walks with this configuration.
func walkConfig(cfg *config.Config, file string) (walk.Config, error) {
	known, roots, err := expectation(cfg)
	if err != nil {
		return walk.Config{}, err
	}
	known.File = file
	return walk.Config{URL: cfg.PublicURL.Raw, Known: known, Roots: roots, Proxy: http.ProxyFromEnvironment}, nil
}

// topics are what clients need of a provider, with the findings that tell of each, and what is said where all is well.
var topics = []struct {
	name  string
	codes []handshake.Code
	well  func(*keys.Discovery) string
}{
	{"PKCE", []handshake.Code{handshake.NoS256, handshake.NoCodeGrant}, func(*keys.Discovery) string { return "S256" }},
	{"client registration", []handshake.Code{handshake.NoRegistration}, waysIn},
	{"public clients", []handshake.Code{handshake.DocumentNeedsNone}, nil},
	{"refresh tokens", []handshake.Code{handshake.NoOfflineAccess, handshake.NoRefreshGrant}, nil},
	{"endpoints", []handshake.Code{handshake.EndpointsMissing, handshake.EndpointsHTTP, handshake.EndpointsElsewhere,
		handshake.AddressForbidden}, nil},
	{"answer of the sign-in", []handshake.Code{handshake.NoIssuerInAnswer}, func(*keys.Discovery) string {
		return "names the issuer (RFC 9207)"
	}},
}

func waysIn(doc *keys.Discovery) string {
	var ways []string
	if doc.ClientIDMetadataDocuments {
		ways = append(ways, "client ID metadata documents")
	}
	if doc.RegistrationEndpoint != "" {
		ways = append(ways, "dynamic registration")
	}
	return strings.Join(ways, ", ")
}

// clients looks at what MCP clients need of the provider, as the doctor does, and with register at what it answers
// them.
func (v *verdict) clients(ctx context.Context, cfg *config.Config, issuer token.Issuer, doc *keys.Discovery,
	w walk.Config) error {
	known := *w.Known // each issuer is asked for scopes in its own form
	known.Scopes = issuer.Ask(cfg.Access.Supported)
	w.Known = &known
	r, err := walk.Issuer(ctx, w, issuer.Advertised())
	if err != nil {
		return err
	}
	found := r.Findings()
	for _, t := range topics {
		of := slices.Clone(found)
		of = slices.DeleteFunc(of, func(f handshake.Finding) bool { return !slices.Contains(t.codes, f.Code) })
		for _, f := range of {
			v.finding(t.name, f)
		}
		if len(of) == 0 && t.well != nil {
			v.add(levelOK, t.name, t.well(doc), "")
		}
	}
	v.scopes(doc, issuer, cfg.Access.Supported, found)
	if !w.Register {
		return nil
	}
	for _, e := range r.Events {
		if e.Step < handshake.Registration || e.Skipped && len(e.Findings) == 0 {
			continue
		}
		for _, f := range e.Findings {
			v.finding(e.Step.String(), f)
		}
	}
	v.registered(r)
	return nil
}

// registered says which clients came through.
func (v *verdict) registered(r *handshake.Report) {
	var well []string
	for _, c := range r.Verdicts {
		stopped := slices.ContainsFunc(r.Findings(), func(f handshake.Finding) bool {
			return f.Step >= handshake.Registration && f.Severity != handshake.Info && f.Concerns(c.Client)
		})
		if !stopped {
			well = append(well, c.Name)
		}
	}
	if len(well) > 0 && r.Reached >= handshake.Authorization {
		v.add(levelOK, "registration", "registered, shown a sign-in page, and deleted again: "+strings.Join(well, ", "), "")
	}
}

// finding is one of the doctor's. What is in nobody's way is fine.
func (v *verdict) finding(name string, f handshake.Finding) {
	v.Steps = append(v.Steps, probedFinding(name, f))
}

func probedFinding(name string, f handshake.Finding) probed {
	if f.Severity == handshake.Info {
		return probed{levelOK, name, strings.TrimSuffix(f.Text, "."), ""}
	}
	who := ""
	if names := handshake.Names(f.Clients); len(names) > 0 && len(names) < len(handshake.Profiles()) {
		who = " (" + strings.Join(names, ", ") + ")"
	}
	if f.Code == handshake.NoRegistration { // whose cure speaks of the redirect URIs
		f.Cure += " " + strings.Join(f.Evidence, "; ")
	}
	return probed{levelWarning, name, f.Title + who + ": " + strings.TrimSuffix(f.Text, "."), f.Cure}
}

// probePublic walks to the public URL, where something answers there.
func probePublic(ctx context.Context, w walk.Config) []probed {
	w.Register, w.Timeout, w.RequestTimeout = false, publicTimeout, publicTimeout/9
	r, err := walk.Walk(ctx, w)
	if err != nil {
		return nil // public_url was validated
	}
	var list []probed
	if u, err := url.Parse(w.URL); err == nil && strings.Trim(u.Path, "/") == "" {
		list = append(list, probed{levelOK, "public URL", "people type " + w.URL + " into their client, without a path: " +
			"if they should type " + strings.TrimSuffix(w.URL, "/") + "/mcp, write that in public_url", ""})
	}
	well := true
	for _, f := range r.Findings() {
		switch {
		case slices.Contains(notYet, f.Code) && f.Step == handshake.Reach:
			return append(list, probed{levelOK, "public URL", "nothing answers there yet, as seen from here (" +
				strings.TrimSuffix(f.Text, ".") + "); once it does, run 'coda-gateway doctor' to go through the sign-in as " +
				"clients do", ""})
		case f.Step < handshake.ServerMetadata && f.Severity != handshake.Info: // the provider is looked at already
			well, list = false, append(list, probedFinding(f.Step.String(), f))
		}
	}
	if well {
		list = append(list, probed{levelOK, "public URL", "answers as clients need it, up to the sign-in", ""})
	}
	return list
}

// notYet are the findings of a server that is not there, or not yet.
var notYet = []handshake.Code{handshake.DNSNotFound, handshake.DNSFailed, handshake.TCPRefused, handshake.TCPTimeout,
	handshake.TCPReset, handshake.BadGateway, handshake.AnswerTimeout}
