package main

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sync/errgroup"

	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

// introspectionSecret is the gateway's own at an issuer.
const introspectionSecret = "introspection-secret-of-the-gateway"

// publicURL is the resource that scripts mint tokens for.
const publicURL = "https://mcp.example.com/mcp"

// issuer start [NAME] [path=/realms/x] [cache-control=…] [tls=FILE.pem,FILE.key]: $ISSUER, or $ISSUER_NAME, is its URL.
//
//	issuer rotate|retire [NAME]          sign with a new key; retire also withdraws the old one
//	issuer unpublish [NAME]              publish no key any more
//	issuer publish JSON...               put values into the key set as they are
//	issuer outage|back [NAME]            answer 503 to everything, or serve again
//	issuer hide FORM... [NAME]           no discovery document at appended, oauth, inserted
//	issuer set MEMBER JSON|remove        change the discovery document
//	issuer cache VALUE                   the key set's Cache-Control
//	issuer fetches WHAT N                exactly N requests for keys, discovery or introspection so far;
//	                                     N+ = at least N, N- = at most
//	issuer secret VALUE                  the gateway's secret for introspection is another one
//	issuer revoke                        make the opaque token in $TOKEN inactive
func issuer(w *world, ts *testscript.TestScript, neg bool, args []string) error {
	if neg || len(args) == 0 {
		return errors.New("usage: issuer start|rotate|retire|unpublish|outage|back|hide|set|cache|fetches|secret|revoke …")
	}
	verb, args := args[0], args[1:]
	name := ""
	if verb != "set" && verb != "publish" && verb != "fetches" && verb != "cache" && verb != "secret" {
		args = slices.DeleteFunc(args, func(a string) bool {
			isName := a != "" && strings.ToUpper(a) == a && !strings.Contains(a, "=")
			if isName {
				name = a
			}
			return isName
		})
	}
	if verb == "start" {
		return w.startIssuer(ts, name, args)
	}
	i := w.issuers[name]
	if i == nil {
		return fmt.Errorf("no issuer %q was started", name)
	}
	switch verb {
	case "rotate":
		i.Rotate(true)
	case "retire":
		i.Rotate(false)
	case "unpublish":
		i.Unpublish()
	case "outage":
		i.SetOutage(true)
	case "back":
		i.SetOutage(false)
	case "hide":
		i.HideDiscovery(args...)
	case "revoke":
		i.Revoke(ts.Getenv("TOKEN"))
	case "cache":
		i.SetCacheControl(strings.Join(args, " "))
	case "secret":
		knowGateway(i, strings.Join(args, " "))
	case "publish":
		i.PublishRaw(args...)
	case "set":
		return setDiscovery(i, args)
	case "fetches":
		return countFetches(i, args)
	default:
		return fmt.Errorf("unknown verb %s", verb)
	}
	return nil
}

func (w *world) startIssuer(ts *testscript.TestScript, name string, args []string) error {
	o := tokentest.Options{Algorithms: []string{"ES256"}} // an RSA key takes long to make
	for _, a := range args {
		key, value, _ := strings.Cut(a, "=")
		switch key {
		case "path":
			o.Path = value
		case "cache-control":
			o.CacheControl = value
		case "tls":
			cert, key, _ := strings.Cut(value, ",")
			pair, err := tls.LoadX509KeyPair(ts.MkAbs(cert), ts.MkAbs(key))
			if err != nil {
				return err
			}
			o.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
		case "algorithms":
			o.Algorithms = strings.Split(value, ",")
		default:
			return fmt.Errorf("unknown option %s", key)
		}
	}
	i, err := tokentest.Start(o)
	if err != nil {
		return err
	}
	knowGateway(i, introspectionSecret)
	w.issuers[name] = i
	w.signs[i] = o.Algorithms[0]
	variable := "ISSUER"
	if name != "" {
		variable += "_" + name
	}
	ts.Setenv(variable, i.URL)
	return nil
}

// knowGateway has the issuer answer whoever has the gateway's id and that secret.
func knowGateway(i *tokentest.Issuer, secret string) {
	i.SetIntrospectionAuth(func(r *http.Request) error {
		if id, said, _ := r.BasicAuth(); id != tokentest.GatewayID || said != secret {
			return errors.New("unknown client")
		}
		return nil
	})
}

func setDiscovery(i *tokentest.Issuer, args []string) error {
	if len(args) != 2 {
		return errors.New("usage: issuer set MEMBER JSON|remove")
	}
	var v any
	if args[1] != "remove" {
		if err := json.Unmarshal([]byte(args[1]), &v); err != nil {
			return err
		}
	}
	i.SetDiscovery(args[0], v)
	return nil
}

func countFetches(i *tokentest.Issuer, args []string) error {
	if len(args) != 2 {
		return errors.New("usage: issuer fetches keys|discovery|introspection N")
	}
	c := i.Counts()
	got, ok := map[string]int{"keys": c.Keys, "discovery": c.Discovery, "introspection": c.Introspection}[args[0]]
	want, err := strconv.Atoi(strings.TrimRight(args[1], "+-"))
	if !ok || err != nil {
		return fmt.Errorf("cannot count %q", args)
	}
	holds := got == want
	switch args[1][len(args[1])-1] {
	case '+':
		holds = got >= want
	case '-':
		holds = got <= want
	}
	if !holds {
		return fmt.Errorf("%d requests for %s, want %s", got, args[0], args[1])
	}
	return nil
}

// mint [VARIABLE] [from=ISSUER] [key=new|ALG] [header.NAME=JSON] [NAME=JSON]...: a good token for the public_url of
// scripts, with changes, goes into $VARIABLE (default TOKEN). A value that is no JSON is a string, an empty one
// removes the member; exp, nbf and iat may be written as seconds from now: +60s; @N is N letters. opaque=true makes
// an opaque token that introspection knows.
func mint(w *world, ts *testscript.TestScript, neg bool, args []string) error {
	if neg {
		return errNoNegation
	}
	variable, from, keyName, opaque := "TOKEN", "", "", false
	changes, head := map[string]any{}, map[string]any{}
	var now int64
	for _, a := range args {
		name, text, isPair := strings.Cut(a, "=")
		if !isPair {
			variable = a
			continue
		}
		switch name {
		case "from":
			from = text
			continue
		case "key":
			keyName = text
			continue
		case "opaque":
			opaque = true
			continue
		}
		var value any
		if n, ok := filler(text); ok {
			value = n
		} else if err := json.Unmarshal([]byte(text), &value); err != nil && text != "" {
			value = text
		}
		if rest, ok := strings.CutPrefix(name, "header."); ok {
			head[rest] = value
			continue
		}
		changes[name] = value
	}
	i := w.issuers[from]
	if i == nil {
		return fmt.Errorf("no issuer %q was started", from)
	}
	claims := i.Claims(publicURL)
	now, _ = claims["iat"].(int64)
	for name, value := range changes {
		if s, ok := value.(string); ok && (name == "exp" || name == "nbf" || name == "iat") {
			seconds, err := strconv.ParseInt(strings.TrimSuffix(s, "s"), 10, 64)
			if err != nil {
				return err
			}
			value = now + seconds
		}
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
	}
	if keyName == "" && len(head) > 0 {
		keyName = w.signs[i]
	}
	token, err := sign(i, keyName, opaque, head, claims)
	if err != nil {
		return err
	}
	w.secret(token)
	ts.Setenv(variable, token)
	return nil
}

func sign(i *tokentest.Issuer, keyName string, opaque bool, head, claims map[string]any) (string, error) {
	switch {
	case opaque:
		return i.Opaque(claims), nil
	case keyName == "new": // of somebody else, with an id that the issuer does not know
		k, err := tokentest.NewKey("ES256")
		if err != nil {
			return "", err
		}
		return k.Mint(head, claims), nil
	case keyName != "":
		return i.Key(keyName).Mint(head, claims), nil
	default:
		return i.Mint(claims), nil
	}
}

// flood N unknown-kid|bad-signature sends N tokens at once that are good but for their key, each another one, and
// each is refused. Of a key that is not known some are told that nobody knows (503).
func flood(w *world, _ *testscript.TestScript, neg bool, args []string) error {
	i := w.issuers[""]
	if neg || len(args) != 2 || i == nil {
		return errors.New("usage, after issuer start: flood N unknown-kid|bad-signature")
	}
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	k, err := tokentest.NewKey("ES256")
	if err != nil {
		return err
	}
	var all errgroup.Group
	for j := range n {
		kid := fmt.Sprintf("flood-%d", j)
		if args[1] == "bad-signature" {
			kid = i.Key("ES256").ID
		}
		token := k.Mint(map[string]any{"kid": kid}, i.Claims(publicURL))
		all.Go(func() error {
			aside := w.aside()
			head := http.Header{"Authorization": {"Bearer " + token}}
			if err := aside.send(http.MethodPost, "/mcp", publicHost, head, ""); err != nil {
				return err
			}
			if args[1] == "unknown-kid" && aside.unknown() {
				return nil
			}
			return aside.refused()
		})
	}
	return all.Wait()
}

// aside is the world of one more request at the same time.
func (w *world) aside() *world {
	return &world{client: w.client, address: w.address, ctx: w.ctx, secrets: w.secrets}
}

// unknown tells that the answer leaves open whether the token is good.
func (w *world) unknown() bool {
	return w.last.status == http.StatusServiceUnavailable && w.last.header.Get("Retry-After") != ""
}

// hostile NAME REASON sends the token of that name from tokentest's catalogue: it must be refused with 401, as every
// bad token is, and the log must give the reason. One whose key is not known may have to wait for the issuer to be
// asked again: it is sent at the end, beside the others of its kind, and may be answered that nobody knows. hostile
// -complete does that, and fails where a token of the catalogue was left out.
func hostile(w *world, ts *testscript.TestScript, neg bool, args []string) error {
	i := w.issuers[""]
	if neg || i == nil || len(args) == 0 || args[0] != "-complete" && len(args) != 2 {
		return errors.New("usage, after issuer start: hostile NAME REASON | hostile -complete")
	}
	if w.hostile == nil {
		w.hostile = map[string]tokentest.HostileToken{}
		w.tried = map[string]string{}
		for _, h := range tokentest.Hostile(i, publicURL) {
			w.hostile[h.Name] = h
			w.secret(h.Token)
		}
	}
	if args[0] == "-complete" {
		return w.completeHostile()
	}
	h, ok := w.hostile[args[0]]
	if !ok {
		return fmt.Errorf("there is no hostile token %s", args[0])
	}
	w.tried[h.Name] = args[1]
	if keyIsNotKnown(h) {
		return nil
	}
	line, err := w.sendHostile(w, h)
	if err != nil {
		return err
	}
	if err := w.refused(); err != nil {
		return fmt.Errorf("%s: %w", h.Name, err)
	}
	if got := field(line, "reason"); got != args[1] {
		return fmt.Errorf("%s: the log gives the reason %s, want %s: %s", h.Name, got, args[1], line)
	}
	return w.leaks("the log", []byte(line))
}

// keyIsNotKnown tells of tokens that name a key of which nobody can say that the issuer does not have it by now.
func keyIsNotKnown(h tokentest.HostileToken) bool {
	return h.WantReason == "unknown_kid" || strings.HasSuffix(h.Name, "-without-kid")
}

// sendHostile sends a token and returns the line of the log about it.
func (w *world) sendHostile(by *world, h tokentest.HostileToken) (string, error) {
	head := http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + h.Token}}
	mark := "hostile/" + h.Name
	head.Set("User-Agent", mark)
	const list = `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`
	if err := by.send(http.MethodPost, "/mcp", publicHost, head, list); err != nil {
		return "", err
	}
	return w.process.await(func(line string) bool { return field(line, "user_agent") == mark })
}

func (w *world) completeHostile() error {
	var missing []string
	for name, h := range w.hostile {
		if w.tried[name] == "" {
			missing = append(missing, "hostile "+name+" "+string(h.WantReason))
		}
	}
	if len(missing) > 0 || len(w.tried) < 60 {
		return fmt.Errorf("%d tokens tried; not tried:\n%s", len(w.tried), strings.Join(missing, "\n"))
	}
	var all errgroup.Group
	var refused atomic.Int32
	for name, want := range w.tried {
		h := w.hostile[name]
		if !keyIsNotKnown(h) {
			continue
		}
		all.Go(func() error {
			aside := w.aside()
			line, err := w.sendHostile(aside, h)
			if err != nil {
				return err
			}
			if aside.unknown() {
				want = "keys_unavailable"
			} else if err := aside.refused(); err != nil {
				return fmt.Errorf("%s: %w", h.Name, err)
			} else {
				refused.Add(1)
			}
			if got := field(line, "reason"); got != want {
				return fmt.Errorf("%s: the log gives the reason %s, want %s: %s", h.Name, got, want, line)
			}
			return w.leaks("the log", []byte(line))
		})
	}
	if err := all.Wait(); err != nil {
		return err
	}
	if refused.Load() == 0 {
		return errors.New("no token with an unknown key was refused for that")
	}
	return nil
}

// refused holds the last answer against what a client may learn of a bad token: that it is bad, and nothing else.
func (w *world) refused() error {
	const want = `Bearer error="invalid_token", error_description="the access token was not accepted; obtain a new one", resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp", scope="coda:read coda:write"`
	if w.last.status != http.StatusUnauthorized {
		return fmt.Errorf("status %d, want 401: %.300s", w.last.status, w.last.body)
	}
	if got := w.last.header.Values("Www-Authenticate"); len(got) != 1 || got[0] != want {
		return fmt.Errorf("WWW-Authenticate: %q, want %q", got, want)
	}
	return nil
}
