package build

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/gateway"
	"github.com/bestviable/coda-gateway/gateway/adminpage"
	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/handshake"
	"github.com/bestviable/coda-gateway/gateway/journal"
	"github.com/bestviable/coda-gateway/gateway/state"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// NewJournal makes the journal of attempts to connect, and has the sites that are built from now on tell it of calls.
// server finds the server, which is made later. What it answers is for the admin listener; closing has what it knows
// kept in the state store, where there is one.
func (b *Builder) NewJournal(ctx context.Context, server func() *gateway.Server) (attempts http.Handler,
	closing func()) {
	cfg := journal.Config{Log: b.Log, Know: func() journal.Knowledge { return b.knowledge(server()) },
		Count: func(last handshake.Step, outcome journal.Outcome) {
			if b.counted != nil {
				b.counted.Attempt(strings.ReplaceAll(last.String(), " ", "_"), string(outcome))
			}
		}}
	if b.state != nil {
		cfg.Store = keptAttempts{b.state.Room("attempts", state.Passing)}
	}
	b.journal = journal.New(ctx, cfg)
	b.ended = append(b.ended, b.journal.Ended)
	return journal.NewHandler(b.journal, "coda-gateway "+b.Version), b.journal.Close
}

// attemptOf names the attempt that a call belongs to; nil where nobody keeps them.
func (b *Builder) attemptOf() func(*call.Call) string {
	if b.journal == nil {
		return nil
	}
	return b.journal.Of
}

// pageOfAttempts is the admin page's section of attempts.
func (b *Builder) pageOfAttempts(context.Context) adminpage.Section {
	if b.journal == nil {
		return adminpage.Section{Title: "Attempts to connect", Note: "They are not recorded."}
	}
	return b.journal.Section()
}

// knowledge is what the gateway knows of what clients meet.
func (b *Builder) knowledge(s *gateway.Server) journal.Knowledge {
	var know journal.Knowledge
	cfg := b.inForce.Load()
	if cfg == nil {
		return know
	}
	know.PublicURL, know.Path, know.Strict = cfg.PublicURL.Raw, cfg.PublicURL.Path, cfg.StrictVersions
	if know.Path == "" {
		know.Path = "/"
	}
	if s == nil {
		return know
	}
	configured := map[string]*token.Issuer{}
	for i := range cfg.Issuers {
		configured[cfg.Issuers[i].URL] = &cfg.Issuers[i]
	}
	for _, i := range s.Site().Issuers() {
		if i.SignIn == "" {
			continue
		}
		p := journal.Provider{URL: i.SignIn, Trouble: i.LastError}
		issuer := configured[i.URL]
		if issuer != nil {
			p.Preset = issuer.Provider
		}
		if d := i.Said; d != nil {
			p.Read, p.Registration, p.Documents = true, d.RegistrationEndpoint, d.ClientIDMetadataDocuments
			p.Authorization, p.Token, p.Grants = d.AuthorizationEndpoint, d.TokenEndpoint, d.GrantTypesSupported
			p.Demands = d.Demands
			p.None = slices.Contains(d.AuthMethodsSupported, "none")
			p.S256 = slices.Contains(d.CodeChallengeMethods, "S256")
			p.Offline = slices.Contains(d.ScopesSupported, "offline_access")
			if issuer != nil && len(d.ScopesSupported) > 0 {
				p.Unlisted = slices.DeleteFunc(issuer.Ask(b.askedScopes()), func(s string) bool {
					return slices.Contains(d.ScopesSupported, s)
				})
			}
		}
		know.Providers = append(know.Providers, p)
	}
	return know
}

// askedScopes are those that clients are told to ask for first.
func (b *Builder) askedScopes() []string {
	b.building.Lock()
	defer b.building.Unlock()
	if b.before == nil {
		return nil
	}
	return slices.Clone(b.before.policy.Initial())
}

// keptAttempts keeps attempts in the state store.
type keptAttempts struct{ room *state.Room }

// Keep implements [journal.Store].
func (k keptAttempts) Keep(ctx context.Context, id string, value []byte) error {
	return k.room.Put(ctx, id, value)
}

// Get implements [journal.Store].
func (k keptAttempts) Get(ctx context.Context, id string) ([]byte, bool, error) {
	r, ok, err := k.room.Get(ctx, id)
	return r.Value, ok, err
}

// Forget implements [journal.Store].
func (k keptAttempts) Forget(ctx context.Context, id string) error { return k.room.Delete(ctx, id) }

// Newest implements [journal.Store].
func (k keptAttempts) Newest(ctx context.Context, yield func(id string, value []byte) bool) error {
	return k.room.Newest(ctx, func(r state.Record) bool { return yield(r.Name, r.Value) })
}
