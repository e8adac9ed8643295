package admit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/quick"
	"testing/synctest"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/token"
)

func newDoor(t *testing.T, change ...func(*Config)) *Door {
	t.Helper()
	policy, err := access.Compile(access.Config{
		Tools: []access.Tool{
			{Name: "read_it", Group: access.Read}, {Name: "write_it", Group: access.Write}, {Name: "rule", Group: access.Admin},
		},
		Supported: []string{"s:read", "s:write"},
		Grants: []access.Grant{
			{When: access.When{Scopes: []string{"s:read"}}, Allow: []string{"read"}},
			{When: access.When{Scopes: []string{"s:write"}}, Allow: []string{"write"}},
			{When: access.When{Roles: []string{"boss"}}, Allow: []string{"admin"}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Policy: policy, ToolFor: func(method, name string, _ mcp.Params) string {
		if method == "resources/read" && name != "coda://docs/1" {
			return ""
		}
		return "read_it"
	}}
	for _, f := range change {
		f(&cfg)
	}
	return New(cfg, nil)
}

func person(issued time.Time, scopes ...string) *token.Principal {
	return &token.Principal{Issuer: "i", Subject: "ada", ClientID: "c", Scopes: scopes, IssuedAt: issued}
}

// Who comes back with a newer token that still lacks the scopes is not challenged again within ten minutes.
// Everything that could be another person, another client, another scope or the old token is.
func TestNobodyIsChallengedTwiceForTheSame(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(t)
		start := time.Now()
		challenged := func(pr *token.Principal, tool string) bool {
			return d.Challenge(&call.Call{Principal: pr}, "tools/call", tool) != nil
		}
		if !challenged(person(start.Add(-time.Hour), "s:read"), "write_it") {
			t.Fatal("the first time is not challenged")
		}
		time.Sleep(30 * time.Second)
		old, fresh := person(start.Add(-time.Hour), "s:read"), person(start.Add(20*time.Second), "s:read")
		other := *fresh
		other.Subject = "bob"
		elsewhere := *fresh
		elsewhere.ClientID = "d"
		less := person(start.Add(20 * time.Second))
		for _, test := range []struct {
			name string
			pr   *token.Principal
			tool string
			want bool
		}{
			{"the old token", old, "write_it", true},
			{"a newer token", fresh, "write_it", false},
			{"the same second", person(start.Add(time.Second), "s:read"), "write_it", true},
			{"a token without iat", person(time.Time{}, "s:read"), "write_it", true},
			{"another person", &other, "write_it", true},
			{"another client", &elsewhere, "write_it", true},
			{"another scope", less, "read_it", true},
			{"a newer token once more", fresh, "write_it", false},
		} {
			if got := challenged(test.pr, test.tool); got != test.want {
				t.Errorf("%s: challenged %v", test.name, got)
			}
		}
		next := New(d.cfg, d)
		if next.Challenge(&call.Call{Principal: fresh}, "tools/call", "write_it") != nil {
			t.Error("a reload forgets who was challenged")
		}
		time.Sleep(challengeLife)
		if !challenged(fresh, "write_it") {
			t.Error("after ten minutes nobody asks again")
		}
	})
}

// A sign-in that worked ends the matter: another window of the same client that asks for less is challenged as the
// first was.
func TestAChallengeThatWasMetIsForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(t)
		challenged := func(pr *token.Principal) bool {
			return d.Challenge(&call.Call{Principal: pr}, "tools/call", "write_it") != nil
		}
		if !challenged(person(time.Now(), "s:read")) {
			t.Fatal("the first time is not challenged")
		}
		time.Sleep(5 * time.Second)
		if challenged(person(time.Now(), "s:read", "s:write")) {
			t.Fatal("whoever has the scope is challenged")
		}
		if !challenged(person(time.Now(), "s:read")) {
			t.Error("a second window with fewer scopes is not challenged")
		}
	})
}

// A token that a client renewed in the second of the challenge is challenged once, since it may be older, and then
// told.
func TestATokenRenewedAtOnceIsChallengedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newChallenges()
		write := []string{"s:write"}
		time.Sleep(300 * time.Millisecond) // iat counts whole seconds
		first := person(time.Now().Add(-time.Hour), "s:read")
		renewed := person(time.Now().Truncate(time.Second), "s:read")
		renewed.TokenID = "renewed"
		for i, step := range []struct {
			pr   *token.Principal
			want bool
		}{{first, true}, {first, true}, {renewed, true}, {first, true}, {renewed, false}, {renewed, false}} {
			if got := s.may(step.pr, write); got != step.want {
				t.Errorf("request %d: challenged %v", i, got)
			}
		}
	})
}

// Clients that register anew for each sign-in have another id each time: the third newer token that lacks the scope
// ends it, whatever the id. Clients that were signed in beside each other are all challenged.
func TestClientsThatRegisterAnewDoNotGoRound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newChallenges()
		from := func(client string, issued time.Time) *token.Principal {
			pr := person(issued, "s:read")
			pr.ClientID = client
			return pr
		}
		for _, client := range []string{"beside 1", "beside 2", "beside 3"} {
			if !s.may(from(client, time.Now()), []string{"s:write"}) {
				t.Errorf("%s is not challenged", client)
			}
		}
		for i, want := range []bool{true, false, false} {
			time.Sleep(5 * time.Second)
			if got := s.may(from(fmt.Sprint("anew ", i), time.Now()), []string{"s:write"}); got != want {
				t.Errorf("sign-in %d: challenged %v", i, got)
			}
		}
		if !s.may(from("anew 9", time.Now()), []string{"s:admin"}) {
			t.Error("another scope is not asked for")
		}
		s.met(person(time.Now(), "s:write"))
		time.Sleep(5 * time.Second)
		if !s.may(from("later", time.Now()), []string{"s:write"}) {
			t.Error("after a sign-in that worked another client is not challenged")
		}
	})
}

// A sign-in that brings a part of what was asked for is no reason to ask for the rest again.
func TestAPartOfTheScopesIsNotAskedForAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newChallenges()
		start := time.Now()
		if !s.may(person(start), []string{"s:read", "s:write"}) {
			t.Fatal("the first time is not challenged")
		}
		time.Sleep(30 * time.Second)
		fresh := person(start.Add(20*time.Second), "s:read")
		if s.may(fresh, []string{"s:write"}) {
			t.Error("the rest is asked for again")
		}
		if !s.may(fresh, []string{"s:admin"}) {
			t.Error("what was never asked for is not asked for")
		}
	})
}

func TestTheMemoryOfChallengesIsBounded(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	for i := range maxChallenges + 100 {
		pr := person(time.Time{})
		pr.Subject = fmt.Sprint(i)
		d.Challenge(&call.Call{Principal: pr}, "tools/call", "read_it")
	}
	if n, _ := d.challenges.first.Usage(); n != maxChallenges {
		t.Errorf("%d challenges are remembered", n)
	}
}

// through sends a message through the middleware; reached says whether it came to the server.
func through(d *Door, pr *token.Principal, method string, req mcp.Request) (c *call.Call, result mcp.Result,
	reached bool, err error) {
	c = &call.Call{Principal: pr}
	handler := d.Middleware(func(context.Context, string, mcp.Request) (mcp.Result, error) {
		reached = true
		return &mcp.CallToolResult{}, nil
	})
	result, err = handler(call.With(context.Background(), c), method, req)
	return c, result, reached, err
}

func toolCall(name string) mcp.Request {
	return &mcp.ServerRequest[*mcp.CallToolParamsRaw]{Params: &mcp.CallToolParamsRaw{Name: name}}
}

func words(result mcp.Result) string {
	if r, ok := result.(*mcp.CallToolResult); ok && r.IsError {
		return r.Content[0].(*mcp.TextContent).Text
	}
	return ""
}

func TestInsideTheServer(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	reader := person(time.Time{}, "s:read")
	for _, test := range []struct {
		tool, words string
		reached     bool
		reason      call.Reason
	}{
		{"read_it", "", true, ""},
		{"write_it", "lacks the scope s:write", false, access.CodeScopeMissing},
		{"rule", "role boss", false, access.CodeRoleMissing},
		{"none", "", true, ""},
	} {
		c, result, reached, err := through(d, reader, "tools/call", toolCall(test.tool))
		if reached != test.reached || err != nil || !strings.Contains(words(result), test.words) || c.Reason != test.reason {
			t.Errorf("%s: reached %v, %q, %v, reason %s", test.tool, reached, words(result), err, c.Reason)
		}
	}
	if _, _, reached, err := through(d, nil, "tools/list", nil); reached || err == nil {
		t.Error("nobody comes through")
	}
}

// What is no call of a tool falls under the rule of the tool that shows the same.
func TestWhatIsNoTool(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	nobody, reader := person(time.Time{}), person(time.Time{}, "s:read")
	read := func(uri string) mcp.Request {
		return &mcp.ServerRequest[*mcp.ReadResourceParams]{Params: &mcp.ReadResourceParams{URI: uri}}
	}
	complete := &mcp.ServerRequest[*mcp.CompleteParams]{Params: &mcp.CompleteParams{}}
	list := &mcp.ServerRequest[*mcp.ListResourcesParams]{Params: &mcp.ListResourcesParams{}}
	for _, test := range []struct {
		method  string
		req     mcp.Request
		refused bool // with an error; what only offers something offers nothing
	}{
		{"resources/read", read("coda://docs/1"), true}, {"completion/complete", complete, false},
		{"resources/list", list, false},
	} {
		if _, _, reached, err := through(d, reader, test.method, test.req); !reached || err != nil {
			t.Errorf("%s by a reader: reached %v, %v", test.method, reached, err)
		}
		c, _, reached, err := through(d, nobody, test.method, test.req)
		if reached || (err != nil) != test.refused || test.refused != (c.Outcome == call.Denied) {
			t.Errorf("%s by somebody without scopes: reached %v, %v, %s", test.method, reached, err, c.Outcome)
		}
	}
	if _, _, reached, _ := through(d, nobody, "resources/read", read("other://1")); !reached {
		t.Error("a URI of another kind is not left to the server")
	}
}

// A method that is not in the table is denied, whatever it is and whoever asks.
func TestUnknownMethodsAreDenied(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	everything := person(time.Time{}, "s:read", "s:write")
	everything.Roles = []string{"boss"}
	refused := func(method string) bool {
		_, _, reached, err := through(d, everything, method, toolCall("read_it"))
		var rpc *jsonrpc.Error
		return !reached && errors.As(err, &rpc) && rpc.Code == jsonrpc.CodeMethodNotFound
	}
	methods := []string{"", "/", "tasks/create", "tasks/get", "tasks/result", "tasks/list", "tasks/cancel", "roots/list",
		"sampling/createMessage", "elicitation/create", "notifications/message", "notifications/tasks/status", "rpc.discover"}
	for method, rule := range rules {
		if rule == denied {
			t.Errorf("%s is in the table without a rule", method)
		}
		if refused(method) {
			t.Errorf("%s is refused like a method without a rule", method)
		}
		methods = append(methods, strings.ToUpper(method), method+"/", method+" ", " "+method, method+"\x00", "/"+method,
			method[:len(method)-1], method+"s", strings.ReplaceAll(method, "/", ".")+".", "$/"+method)
	}
	for _, method := range methods {
		if !refused(method) {
			t.Errorf("%q is not refused", method)
		}
	}
	if err := quick.Check(func(method string) bool {
		_, known := rules[method]
		return known || refused(method)
	}, nil); err != nil {
		t.Error(err)
	}
}

// With the switch nothing is run that changes anything, whatever scopes somebody has or could ask for; lists stay as
// they are.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	d := newDoor(t, func(c *Config) { c.ReadOnly = true })
	for _, pr := range []*token.Principal{person(time.Time{}, "s:read", "s:write"), person(time.Time{}, "s:read")} {
		if d.Challenge(&call.Call{Principal: pr}, "tools/call", "write_it") != nil {
			t.Error("scopes are asked for in vain")
		}
		c, result, reached, _ := through(d, pr, "tools/call", toolCall("write_it"))
		if reached || !strings.Contains(words(result), "read-only") || c.Reason != call.ReadOnly ||
			c.Decision != call.ReadOnly {
			t.Errorf("reached %v, %q, %s", reached, words(result), c.Reason)
		}
		if _, _, reached, _ := through(d, pr, "tools/call", toolCall("read_it")); !reached {
			t.Error("reading is not possible")
		}
		if err := d.May(call.With(t.Context(), c), "write_it", "d"); err == nil {
			t.Error("a tool may go on to write")
		}
	}
	harmless := newDoor(t, func(c *Config) {
		c.ReadOnly, c.Harmless = true, func(tool string) bool { return tool == "write_it" }
	})
	if _, _, reached, _ := through(harmless, person(time.Time{}, "s:write"), "tools/call",
		toolCall("write_it")); !reached {
		t.Error("a tool that changes nothing is not run")
	}
}

func TestMay(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	ctx := call.With(t.Context(), &call.Call{Principal: person(time.Time{}, "s:read")})
	if err := d.May(ctx, "read_it", "d"); err != nil {
		t.Error(err)
	}
	for _, tool := range []string{"write_it", "rule", "none"} {
		if err := d.May(ctx, tool, "d"); err == nil {
			t.Errorf("%s is allowed", tool)
		}
	}
	if d.May(t.Context(), "read_it", "d") == nil {
		t.Error("nobody is allowed")
	}
}

// Everybody sees what they may call now or with more scopes, and learns why where that is nothing.
func TestLists(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	ask := func(pr *token.Principal, method string, result mcp.Result) {
		handler := d.Middleware(func(context.Context, string, mcp.Request) (mcp.Result, error) { return result, nil })
		if _, err := handler(call.With(t.Context(), &call.Call{Principal: pr}), method, toolCall("")); err != nil {
			t.Fatal(err)
		}
	}
	list := &mcp.ListToolsResult{Tools: []*mcp.Tool{{Name: "read_it"}, {Name: "rule"}, {Name: "write_it"}}}
	ask(person(time.Time{}), "tools/list", list)
	var names []string
	for _, tool := range list.Tools {
		names = append(names, tool.Name)
	}
	if !slices.Equal(names, []string{"read_it", "write_it"}) {
		t.Errorf("somebody without scopes sees %v", names)
	}
	for _, result := range []mcp.Result{&mcp.InitializeResult{Instructions: "x"}, &mcp.DiscoverResult{Instructions: "x"}} {
		ask(person(time.Time{}), "initialize", result)
		if !strings.Contains(fmt.Sprintf("%+v", result), "Instructions:x") {
			t.Errorf("the instructions are lost in %+v", result)
		}
	}
}

// An error comes with a nil result of the method's type, which has nothing to filter.
func TestErrorsPassThrough(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	for method, none := range map[string]mcp.Result{
		"tools/list": (*mcp.ListToolsResult)(nil), "initialize": (*mcp.InitializeResult)(nil),
		"server/discover": (*mcp.DiscoverResult)(nil),
	} {
		bad := errors.New("a cursor that nobody gave")
		handler := d.Middleware(func(context.Context, string, mcp.Request) (mcp.Result, error) { return none, bad })
		result, err := handler(call.With(t.Context(), &call.Call{Principal: person(time.Time{})}), method, toolCall(""))
		if !errors.Is(err, bad) || result != nil {
			t.Errorf("%s: %v, %v", method, result, err)
		}
	}
}
