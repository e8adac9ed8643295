package site

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/mcphttp"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

// leastEcho is what any request may be answered and logged with, however short it is: a challenge alone has 300 bytes.
const leastEcho = 2 << 10

// Whatever is refused, and whoever sent it, the answer and the line in the log have no more than three times its bytes.
// The table is to reach every outcome and reason that people outside can bring about.
func TestRefusalsEchoLittle(t *testing.T) {
	t.Parallel()
	reached := map[string]bool{}
	outcome := regexp.MustCompile(`"outcome":"([a-z_]*)"(?:,"reason":"([a-z_]*)")?`)
	for _, size := range []int{1, 20_000} {
		for _, filler := range []string{"x", "\u202e", "<&", `"`, "\x01"} {
			w := newWorld(t)
			for name, r := range refusedRequests(w.issuer, strings.Repeat(filler, max(size/len(filler), 1))) {
				if !sendable(r) {
					continue
				}
				before := len(w.log.String())
				rec := w.do(t, r)
				line := w.log.String()[before:]
				if strings.Contains(line, `"internal"`) {
					t.Logf("%s %.300s %.300s %s", name, r.body, rec.Body, line)
				}
				for _, m := range outcome.FindAllStringSubmatch(line, -1) {
					reached[m[1]+" "+m[2]] = true
				}
				if sent, got := sizeOf(r), rec.Body.Len()+headerSize(rec.Header())+len(line); got > max(3*sent, leastEcho) {
					t.Errorf("%s of %d × %q: %d bytes became %d\n%.300s\n%.1200s", name, size, filler, sent, got, rec.Body, line)
				}
			}
		}
	}
	for _, want := range provokable {
		if !reached[want] {
			t.Errorf("nothing in the table leads to %s", want)
		}
	}
	if t.Failed() {
		t.Logf("reached: %v", reached)
	}
}

// provokable are the outcomes that people outside bring about by what they send.
var provokable = []string{
	"no_token ", "no_token token_in_url", "wrong_host host_not_allowed", "wrong_origin origin_not_allowed",
	"bad_request wrong_path",
	"bad_request repeated_authorization", "bad_request content_type", "bad_request accept", "bad_request too_large",
	"bad_request message", "bad_request mcp", "not_offered no_stream", "not_offered server_metadata",
	"invalid_token malformed", "invalid_token too_long", "invalid_token opaque", "invalid_token encrypted",
	"invalid_token alg", "invalid_token crit", "invalid_token unknown_issuer", "invalid_token type",
	"invalid_token id_token", "invalid_token audience", "invalid_token expired", "invalid_token no_expiry",
	"invalid_token not_yet_valid", "invalid_token no_subject", "invalid_token bound_token", "invalid_token signature",
	"insufficient_scope scope_missing", "denied scope_unreachable",
	"rpc_error invalid_params", "rpc_error method_not_found",
}

func headerSize(h http.Header) (n int) {
	for name, values := range h {
		for _, v := range values {
			n += len(name) + len(v) + 4
		}
	}
	return n
}

// sizeOf is about what a request takes on the wire.
func sizeOf(r request) int {
	return len(r.method) + len(r.path) + len(r.host) + len(r.token) + len(r.body) + headerSize(r.header) + 120
}

// sendable tells what a server's HTTP lets through.
func sendable(r request) bool {
	odd := func(s string) bool { return strings.ContainsAny(s, "\x01") }
	for _, values := range r.header {
		for _, v := range values {
			if odd(v) {
				return false
			}
		}
	}
	return !odd(r.path + r.host + r.token + r.method)
}

// refusedRequests are requests of every kind that is refused, each with the filler wherever something can be written.
func refusedRequests(i *tokentest.Issuer, filler string) map[string]request {
	quoted, _ := json.Marshal(filler)
	str := string(quoted)
	escaped := strings.Map(func(r rune) rune {
		if r < 128 && (r >= 'a' && r <= 'z' || r == ',') {
			return r
		}
		return 'z'
	}, filler)
	head := func(name string, values ...string) http.Header { return http.Header{name: values} }
	good := i.Token(publicURL, map[string]any{"scope": "coda:read"})
	out := map[string]request{
		"no token":           {header: head("User-Agent", filler)},
		"token in the URL":   {path: "/mcp?access_token=" + escaped},
		"host":               {host: escaped + ".example", header: head("User-Agent", filler)},
		"origin":             {header: head("Origin", filler)},
		"origins":            {header: head("Origin", filler, filler)},
		"path":               {path: "/" + escaped},
		"metadata":           {path: "/.well-known/oauth-authorization-server/" + escaped, method: "GET"},
		"two authorizations": {header: head("Authorization", "Bearer a", "Bearer "+escaped)},
		"scheme":             {header: head("Authorization", filler)},
		"opaque":             {token: escaped},
		"stream":             {method: "GET", token: good, header: head("Last-Event-Id", filler)},
		"method":             {method: strings.ReplaceAll(strings.ToUpper(escaped), ",", "M"), token: good},
		"content type":       {token: good, header: head("Content-Type", filler)},
		"accept": {token: good, body: `{"jsonrpc":"2.0","id":1,"method":"ping"}`,
			header: head("Accept", "a/"+filler)},
		"large": {token: good, body: strings.Repeat("x", mcphttp.MaxBody+1)},
		"version": {token: good, header: head("Mcp-Protocol-Version", filler),
			body: `{"jsonrpc":"2.0","id":1,"method":"ping"}`},
		"mismatch": {token: good, header: modernHeader("tools/call", filler),
			body: `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read_it",` + modernMeta + `}}`},
	}
	for n, body := range refusedBodies(str) {
		out["body "+strconv.Itoa(n)] = request{token: good, body: body}
		out["body as events "+strconv.Itoa(n)] = request{token: good, body: body, header: head("Accept", "text/event-stream")}
	}
	maps.Copy(out, refusedTokens(i, filler))
	return out
}

func refusedBodies(str string) []string {
	bodies := []string{str, "", "[]", "{" + str, `{"jsonrpc":` + str + `,"id":1,"method":"ping"}`}
	for _, rest := range []string{
		`"method":%s`, `"method":"nosuch","params":{"x":%s}`, `"params":%s,"method":"tools/list"`, `"x":%s`, `"result":%s`,
		`"method":"tools/call","params":{"name":%s}`, `"method":"tools/call","params":{"name":"read_it","arguments":%s}`,
		`"method":"tools/call","params":{"name":"write_it","x":%s}`,
		`"method":"tools/call","params":{"name":"rule","arguments":{"x":%s}}`,
		`"method":"tools/list","params":{"cursor":%s}`, `"method":"tools/list","params":{"_meta":%s}`,
		`"method":"prompts/get","params":{"name":%s}`, `"method":"resources/read","params":{"uri":%s}`,
		`"method":"completion/complete","params":{"ref":{"type":%s}}`, `"method":"logging/setLevel","params":{"level":%s}`,
		`"method":"initialize","params":{"protocolVersion":%s}`, `"method":"initialize","params":{"capabilities":%s}`,
	} {
		rest = fmt.Sprintf(rest, str)
		bodies = append(bodies, `{"jsonrpc":"2.0","id":1,`+rest+`}`, `{"jsonrpc":"2.0","id":`+str+`,`+rest+`}`)
	}
	return bodies
}

func refusedTokens(i *tokentest.Issuer, filler string) map[string]request {
	key := i.Key("RS256")
	claims := func(change map[string]any) map[string]any {
		c := i.Claims(publicURL)
		for name, v := range change {
			if c[name] = v; v == nil {
				delete(c, name)
			}
		}
		return c
	}
	out := map[string]request{}
	for name, change := range map[string]map[string]any{
		"iss": {"iss": filler}, "aud": {"aud": filler}, "auds": {"aud": []string{filler, filler}}, "exp": {"exp": filler},
		"expired": {"exp": 1, "jti": filler}, "no exp": {"exp": nil, "jti": filler}, "nbf": {"nbf": 1 << 40, "jti": filler},
		"sub": {"sub": []string{filler}}, "no sub": {"sub": nil, "name": filler},
		"cnf":   {"cnf": map[string]any{"jkt": filler}},
		"nonce": {"nonce": filler}, "use": {"token_use": "id", "name": filler}, "events": {"events": filler},
		"name": {filler: filler, "aud": 1}, "case": {"Aud": filler, "SUB": filler},
	} {
		out["claim "+name] = request{token: key.Mint(nil, claims(change))}
	}
	for _, name := range []string{"typ", "alg", "kid", "crit", "enc", "b64", "cty", "jku", "x5u"} {
		out["header "+name] = request{token: key.Mint(map[string]any{name: filler}, claims(nil))}
	}
	good := key.Mint(nil, claims(map[string]any{"name": filler}))
	out["signature"] = request{token: good[:len(good)-8] + "AAAAAAAA"}
	out["encrypted"] = request{token: good + "." + "x.x"}
	return out
}

// A flood of short requests of strangers is logged with a fraction of its bytes.
func TestFloodsOfStrangersAreLoggedInSums(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sent := 0
	for n := range 5_000 {
		r := request{path: "/" + strconv.Itoa(n), header: http.Header{"User-Agent": {strings.Repeat(`"`, 20)}}}
		w.do(t, r)
		sent += len(r.path) + 35
	}
	if logged := len(w.log.String()); logged > 3*sent {
		t.Errorf("%d bytes of requests left %d in the log", sent, logged)
	}
	if !strings.Contains(w.log.String(), string(call.WrongPath)) {
		t.Error("nothing is logged")
	}
}
