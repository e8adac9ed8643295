// Package tokentest is an issuer for tests: discovery, keys and introspection over loopback or in process, with
// rotation, outages and counters, and a mint that makes good tokens and every kind of bad one.
//
// [Hostile] is a catalogue of tokens that no verifier may accept.
package tokentest

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// The client that tokens are issued to, and the gateway's own credentials for introspection.
const (
	ClientID       = "tokentest-client"
	Subject        = "ada"
	GatewayID      = "gateway"
	GatewaySecret  = "gateway secret/+%"
	DefaultScope   = "coda:read coda:write"
	DefaultExpires = 5 * time.Minute
)

// Options of an [Issuer]. The zero value will do.
type Options struct {
	// Listen is the address; empty = a free port on 127.0.0.1.
	Listen string
	// TLS serves https; nil = http.
	TLS *tls.Config
	// URL makes an issuer that does not listen: requests come through Transport. For fake time and names under https.
	URL string
	// Path of the issuer identifier, such as /realms/test; only where URL is empty.
	Path string
	// Algorithms has a key each; empty = RS256, ES256 and EdDSA. Tokens are signed with the first.
	Algorithms []string
	// CacheControl of the key set; empty = none.
	CacheControl string
	// Now is the clock; nil = time.Now.
	Now func() time.Time
}

// Issuer is a fake issuer. Its methods may be called while it serves.
type Issuer struct {
	// URL is the issuer identifier.
	URL string

	now    func() time.Time
	server *http.Server
	mux    *http.ServeMux

	mu           sync.Mutex
	signing      *Key
	published    []*Key
	extra        []json.RawMessage
	cacheControl string
	outage       bool
	document     map[string]any
	hidden       map[string]bool
	opaque       map[string]map[string]any
	authorize    func(*http.Request) error
	counts       Counts
}

// Counts are the requests that an issuer got, outages included.
type Counts struct{ Discovery, Keys, Introspection int }

// Start starts an issuer; stop it with Close.
func Start(o Options) (*Issuer, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if len(o.Algorithms) == 0 {
		o.Algorithms = []string{"RS256", "ES256", "EdDSA"}
	}
	i := &Issuer{now: o.Now, cacheControl: o.CacheControl, hidden: map[string]bool{}, opaque: map[string]map[string]any{},
		authorize: basicAuth}
	for _, alg := range o.Algorithms {
		k, err := NewKey(alg)
		if err != nil {
			return nil, err
		}
		i.published = append(i.published, k)
	}
	i.signing = i.published[0]
	i.URL = o.URL
	var listener net.Listener
	if i.URL == "" {
		if o.Listen == "" {
			o.Listen = "127.0.0.1:0"
		}
		var err error
		if listener, err = net.Listen("tcp", o.Listen); err != nil {
			return nil, err
		}
		i.URL = "http://" + listener.Addr().String() + o.Path
		if o.TLS != nil {
			i.URL, listener = "https://"+listener.Addr().String()+o.Path, tls.NewListener(listener, o.TLS)
		}
	}
	i.routes()
	if listener != nil {
		i.server = &http.Server{Handler: i, ReadHeaderTimeout: 5 * time.Second}
		go func() { _ = i.server.Serve(listener) }() // ends with Close
	}
	return i, nil
}

// NewIssuer starts an issuer that ends with the test.
func NewIssuer(t testing.TB, o Options) *Issuer {
	t.Helper()
	i, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(i.Close)
	return i
}

// Close stops serving.
func (i *Issuer) Close() {
	if i.server != nil {
		_ = i.server.Close()
	}
}

func (i *Issuer) path() string {
	u := must(url.Parse(i.URL))
	return strings.TrimSuffix(u.Path, "/")
}

func (i *Issuer) base() string { return strings.TrimSuffix(i.URL, "/") }

func (i *Issuer) routes() {
	p := i.path()
	i.document = map[string]any{
		"issuer":                                i.URL,
		"jwks_uri":                              i.base() + "/keys",
		"introspection_endpoint":                i.base() + "/introspect",
		"authorization_endpoint":                i.base() + "/authorize",
		"token_endpoint":                        i.base() + "/token",
		"registration_endpoint":                 i.base() + "/register",
		"code_challenge_methods_supported":      []string{"S256"},
		"scopes_supported":                      []string{"openid", "offline_access", "coda:read", "coda:write"},
		"grant_types_supported":                 []string{"authorization_code", "refresh_token"},
		"token_endpoint_auth_methods_supported": []string{"none", "client_secret_basic"},
		"client_id_metadata_document_supported": true,
	}
	i.mux = http.NewServeMux()
	i.mux.HandleFunc("GET "+p+"/.well-known/openid-configuration", i.discovery("appended"))
	i.mux.HandleFunc("GET /.well-known/oauth-authorization-server"+p, i.discovery("oauth"))
	if p != "" {
		i.mux.HandleFunc("GET /.well-known/openid-configuration"+p, i.discovery("inserted"))
	}
	i.mux.HandleFunc("GET "+p+"/keys", i.keys)
	i.mux.HandleFunc("POST "+p+"/introspect", i.introspect)
}

// ServeHTTP implements [http.Handler].
func (i *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	switch path := strings.TrimPrefix(r.URL.Path, i.path()); {
	case strings.Contains(path, "/.well-known/"):
		i.counts.Discovery++
	case path == "/keys":
		i.counts.Keys++
	case path == "/introspect":
		i.counts.Introspection++
	}
	down := i.outage
	i.mu.Unlock()
	if down {
		http.Error(w, "out of service", http.StatusServiceUnavailable)
		return
	}
	i.mux.ServeHTTP(w, r)
}

// Transport serves requests in process, without a network. Every host leads to this issuer.
func (i *Issuer) Transport() http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		if err := r.Context().Err(); err != nil {
			return nil, err
		}
		rec := httptest.NewRecorder()
		i.ServeHTTP(rec, r)
		res := rec.Result()
		res.Request = r
		return res, nil
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func (i *Issuer) discovery(form string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		i.mu.Lock()
		doc, hidden := maps.Clone(i.document), i.hidden[form]
		i.mu.Unlock()
		if hidden {
			http.Error(w, "not found", http.StatusNotFound)
			return
		}
		writeJSON(w, doc)
	}
}

func (i *Issuer) keys(w http.ResponseWriter, _ *http.Request) {
	i.mu.Lock()
	set := struct {
		Keys []any `json:"keys"`
	}{Keys: []any{}}
	for _, k := range i.published {
		set.Keys = append(set.Keys, k.JWK())
	}
	for _, raw := range i.extra {
		set.Keys = append(set.Keys, raw)
	}
	cc := i.cacheControl
	i.mu.Unlock()
	if cc != "" {
		w.Header().Set("Cache-Control", cc)
	}
	writeJSON(w, set)
}

func (i *Issuer) introspect(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	authorize := i.authorize
	i.mu.Unlock()
	if err := authorize(r); err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	i.mu.Lock()
	claims, ok := i.opaque[r.PostFormValue("token")]
	claims = maps.Clone(claims)
	i.mu.Unlock()
	if !ok {
		writeJSON(w, map[string]any{"active": false})
		return
	}
	if _, set := claims["active"]; !set {
		claims["active"] = true
	}
	writeJSON(w, claims)
}

func basicAuth(r *http.Request) error {
	id, secret, ok := r.BasicAuth()
	if id, err := url.QueryUnescape(id); !ok || err != nil || id != GatewayID {
		return errors.New("unknown client")
	}
	if secret, err := url.QueryUnescape(secret); err != nil || secret != GatewaySecret {
		return errors.New("wrong client secret")
	}
	return nil
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the client hung up
}

// SetOutage makes every endpoint answer 503, or serve again.
func (i *Issuer) SetOutage(down bool) { i.locked(func() { i.outage = down }) }

// SetCacheControl sets the key set's Cache-Control; empty = none.
func (i *Issuer) SetCacheControl(v string) { i.locked(func() { i.cacheControl = v }) }

// SetDiscovery changes one member of the discovery document; nil removes it.
func (i *Issuer) SetDiscovery(name string, v any) {
	i.locked(func() {
		if v == nil {
			delete(i.document, name)
			return
		}
		i.document[name] = v
	})
}

// HideDiscovery makes a form of the discovery document answer 404: appended, oauth or inserted.
func (i *Issuer) HideDiscovery(forms ...string) {
	i.locked(func() {
		for _, f := range forms {
			i.hidden[f] = true
		}
	})
}

// SetIntrospectionAuth replaces the check of the gateway's credentials, which is HTTP Basic by default.
func (i *Issuer) SetIntrospectionAuth(f func(*http.Request) error) {
	i.locked(func() { i.authorize = f })
}

// Counts returns how many requests came so far.
func (i *Issuer) Counts() (c Counts) {
	i.locked(func() { c = i.counts })
	return c
}

// Key returns the published key of an algorithm.
func (i *Issuer) Key(alg string) *Key {
	var found *Key
	i.locked(func() {
		n := slices.IndexFunc(i.published, func(k *Key) bool { return k.Alg == alg })
		if n < 0 {
			panic(fmt.Sprintf("tokentest: the issuer has no %s key", alg))
		}
		found = i.published[n]
	})
	return found
}

// Rotate signs with a new key of the same algorithm from now on. The old one stays published where keepOld is set.
func (i *Issuer) Rotate(keepOld bool) *Key {
	var alg string
	i.locked(func() { alg = i.signing.Alg })
	fresh := must(NewKey(alg))
	i.locked(func() {
		if !keepOld {
			i.published = slices.DeleteFunc(i.published, func(k *Key) bool { return k == i.signing })
		}
		i.published = append([]*Key{fresh}, i.published...)
		i.signing = fresh
	})
	return fresh
}

// Publish adds keys to the key set; the issuer goes on signing with the one it has.
func (i *Issuer) Publish(keys ...*Key) {
	i.locked(func() { i.published = append(i.published, keys...) })
}

// PublishRaw adds JSON values to the key set as they are.
func (i *Issuer) PublishRaw(raw ...string) {
	i.locked(func() {
		for _, r := range raw {
			i.extra = append(i.extra, json.RawMessage(r))
		}
	})
}

// Unpublish removes all keys.
func (i *Issuer) Unpublish() { i.locked(func() { i.published, i.extra = nil, nil }) }

func (i *Issuer) locked(f func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	f()
}

// JWKS returns the published keys.
func (i *Issuer) JWKS() (set jose.JSONWebKeySet) {
	i.locked(func() {
		for _, k := range i.published {
			set.Keys = append(set.Keys, k.JWK())
		}
	})
	return set
}

// Opaque issues an opaque token that introspection answers with these claims (and `active: true` where they do not
// say).
func (i *Issuer) Opaque(claims map[string]any) string {
	token := "opaque_" + rand.Text()
	i.locked(func() { i.opaque[token] = maps.Clone(claims) })
	return token
}

// Know makes introspection answer for a token that the issuer minted, such as a JWT, with these claims.
func (i *Issuer) Know(token string, claims map[string]any) {
	i.locked(func() { i.opaque[token] = maps.Clone(claims) })
}

// Revoke makes a token inactive that introspection knows.
func (i *Issuer) Revoke(token string) { i.locked(func() { delete(i.opaque, token) }) }
