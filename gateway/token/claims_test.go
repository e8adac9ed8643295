package token_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

func decode(t testing.TB, text string) map[string]any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var m map[string]any
	if err := d.Decode(&m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestPath(t *testing.T) {
	t.Parallel()
	doc := decode(t, `{"a.b":1, "https://ns/roles":["x"], "cognito:groups":2, "o":{"a/b":{"m~n":3}, "":4, "l":[5,{"k":6}]}, "null":null, "~2":7}`)
	for text, want := range map[string]any{
		"a.b":                       json.Number("1"),
		"https://ns/roles":          []any{"x"},
		"cognito:groups":            json.Number("2"),
		"~2":                        json.Number("7"), // literal: no escapes
		"/o/a~1b/m~0n":              json.Number("3"),
		"/o/":                       json.Number("4"),
		"/o/l/0":                    json.Number("5"),
		"/o/l/1/k":                  json.Number("6"),
		"/cognito:groups":           json.Number("2"),
		"o.l":                       nil,
		"/o/l/2":                    nil,
		"/o/l/-":                    nil,
		"/o/l/00":                   nil,
		"/o/l/+1":                   nil,
		"/o/l/-1":                   nil,
		"/o/l/99999999999999999999": nil,
		"/a.b/c":                    nil,
		"/null":                     nil,
		"null":                      nil,
		"/O":                        nil,
		"/":                         nil,
	} {
		p, err := token.ParsePath(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got, ok := p.Lookup(doc)
		if !reflect.DeepEqual(got, want) || ok != (want != nil) {
			t.Errorf("%s: %v, %v; want %v", text, got, ok, want)
		}
		if p.String() != text {
			t.Errorf("%s prints as %s", text, p)
		}
	}
	for _, text := range []string{"", "/a~", "/a~2", "/~/b", "/a/~a", "/a~01~", strings.Repeat("/a", 40)} {
		if p, err := token.ParsePath(text); err == nil {
			t.Errorf("%q was read as %v", text, p)
		}
	}
	if _, ok := (token.Path{}).Lookup(doc); ok {
		t.Error("the zero path found something")
	}
}

func TestRequirements(t *testing.T) { // not parallel: it counts allocations
	doc := decode(t, `{"s":"x", "n":2, "f":false, "l":["a", 3, true], "big":9007199254740993, "o":{"k":"v"}}`)
	for _, c := range []struct {
		r       token.Requirements
		ok      bool
		failing string
	}{
		{nil, true, ""},
		{token.Requirements{"s": {"x"}}, true, ""},
		{token.Requirements{"s": {"y", "x"}, "n": {json.Number("2.0")}}, true, ""},
		{token.Requirements{"n": {2}}, true, ""},
		{token.Requirements{"n": {2.0}}, true, ""},
		{token.Requirements{"n": {"2"}}, false, "n"},
		{token.Requirements{"f": {false}}, true, ""},
		{token.Requirements{"f": {true}}, false, "f"},
		{token.Requirements{"f": {"false"}}, false, "f"},
		{token.Requirements{"l": {"b", "a"}}, true, ""},
		{token.Requirements{"l": {3}}, true, ""},
		{token.Requirements{"l": {true}}, true, ""},
		{token.Requirements{"l": {"c"}}, false, "l"},
		{token.Requirements{"big": {json.Number("9007199254740993")}}, true, ""},
		{token.Requirements{"big": {json.Number("9007199254740992")}}, false, "big"},
		{token.Requirements{"/o/k": {"v"}}, true, ""},
		{token.Requirements{"o": {"k"}}, false, "o"},
		{token.Requirements{"z": {"x"}, "s": {"no"}, "n": {1}}, false, "n"},
		{token.Requirements{"missing": {"x"}}, false, "missing"},
		{token.Requirements{"s": {}}, false, "s"},
		{token.Requirements{"/s~": {"x"}}, false, "/s~"},
	} {
		if ok, failing := c.r.Holds(doc); ok != c.ok || failing != c.failing {
			t.Errorf("%v: %v, %q; want %v, %q", c.r, ok, failing, c.ok, c.failing)
		}
		compiled := c.r.Compile()
		if ok, failing := compiled.Holds(doc); ok != c.ok || failing != c.failing {
			t.Errorf("%v, compiled: %v, %q; want %v, %q", c.r, ok, failing, c.ok, c.failing)
		}
		if n := testing.AllocsPerRun(10, func() { compiled.Holds(doc) }); n != 0 {
			t.Errorf("%v, compiled: %v allocations", c.r, n)
		}
	}
}

// What each provider puts where.
func TestPresets(t *testing.T) {
	t.Parallel()
	is := inProcess(t, tokentest.Options{})
	base := `"sub":"u1","exp":EXP,"iat":IAT,"aud":["` + resource + `"],`
	type want struct {
		client, email, name   string
		scopes, roles, groups []string
		typ                   string
	}
	for provider, c := range map[string]struct {
		claims string
		want   want
	}{
		"generic": {`"client_id":"c","azp":"d","scope":"coda:read  coda:write coda:read","scp":["x"],"roles":["r"],"groups":"one group","email":"a@b.c","preferred_username":"ada"`,
			want{client: "c", email: "a@b.c", name: "ada", scopes: []string{"coda:read", "coda:write", "x"},
				roles: []string{"r"}, groups: []string{"one group"}}},
		"keycloak": {`"azp":"claude","scope":"coda:read email","typ":"Bearer","realm_access":{"roles":["coda-editor","offline_access"]},"groups":["/staff"],"email":"a@b.c","email_verified":true,"name":"Ada"`,
			want{client: "claude", email: "a@b.c", name: "Ada", scopes: []string{"coda:read", "email"},
				roles: []string{"coda-editor", "offline_access"}, groups: []string{"/staff"}}},
		"auth0": {`"azp":"c","scope":"coda:read","permissions":["coda:write"]`,
			want{client: "c", scopes: []string{"coda:read", "coda:write"}, roles: []string{"coda:write"}}},
		"entra": {`"azp":"c","scp":"coda.read coda.write","roles":["Editor"],"groups":["3f8c"],"name":"Ada","_claim_names":{"groups":"src1"},"_claim_sources":{"src1":{"endpoint":"https://graph.example/x"}}`,
			want{client: "c", name: "Ada", scopes: []string{"coda.read", "coda.write"}, roles: []string{"Editor"},
				groups: []string{"3f8c"}}},
		"okta": {`"cid":"c","scp":["coda:read","coda:write"],"groups":["Everyone"]`,
			want{client: "c", scopes: []string{"coda:read", "coda:write"}, groups: []string{"Everyone"}}},
		"cognito": {`"client_id":"c","token_use":"access","scope":"https://mcp.example.com/mcp/read","cognito:groups":["staff"],"username":"ada"`,
			want{client: "c", name: "ada", scopes: []string{"https://mcp.example.com/mcp/read"}, roles: []string{"staff"},
				groups: []string{"staff"}}},
		"authentik": {`"azp":"c","scope":"openid coda:read","nonce":"n","groups":["staff"],"uid":"x"`,
			want{client: "c", scopes: []string{"openid", "coda:read"}, groups: []string{"staff"}}},
		"zitadel": {`"client_id":"c","urn:zitadel:iam:org:project:roles":{"writer":{"1":"acme"},"reader":{"1":"acme"}}`,
			want{client: "c", roles: []string{"reader", "writer"}}},
		"dex": {`"at_hash":"h","nonce":"n","groups":["staff"],"email":"a@b.c","email_verified":"false","name":"Ada"`,
			want{client: resource, name: "Ada", groups: []string{"staff"}}},
		"workos": {`"client_id":"c","scope":"coda:read","role":"admin interns","permissions":["p"]`,
			want{client: "c", scopes: []string{"coda:read", "p"}, roles: []string{"admin interns"}}},
		"hydra": {`"client_id":"c","scp":["coda:read"],"ext":{"roles":["r"],"groups":["g"],"email":"a@b.c","name":"Ada"}`,
			want{client: "c", email: "a@b.c", name: "Ada", scopes: []string{"coda:read"}, roles: []string{"r"},
				groups: []string{"g"}}},
		"pocketid": {`"client_id":"c","scope":"coda:read","scp":["coda:read"],"groups":["g"]`,
			want{client: "c", scopes: []string{"coda:read"}, groups: []string{"g"}}},
		"authelia": {`"client_id":"c","scope":"coda:read","groups":["g"]`,
			want{client: "c", scopes: []string{"coda:read"}, groups: []string{"g"}, typ: "at+jwt"}},
		"adfs": {`"appid":"c","scp":"coda:read openid","role":"Editor","group":["Staff"],"unique_name":"Ada","apptype":"Public"`,
			want{client: "c", name: "Ada", scopes: []string{"coda:read", "openid"}, roles: []string{"Editor"},
				groups: []string{"Staff"}}},
		"azureb2c": {`"azp":"c","scp":"coda:read coda:write","emails":["a@b.c"],"name":"Ada","tfp":"B2C_1_signin","ver":"1.0"`,
			want{client: "c", email: "a@b.c", name: "Ada", scopes: []string{"coda:read", "coda:write"}}},
		"wso2": {`"client_id":"c","azp":"c","aut":"APPLICATION_USER","scope":"coda:read","roles":"Editor","groups":["g"]`,
			want{client: "c", scopes: []string{"coda:read"}, roles: []string{"Editor"}, groups: []string{"g"},
				typ: "at+jwt"}},
		"cloudflare": {`"type":"app","email":"a@b.c","identity_nonce":"n","country":"DE","custom":{"groups":["g"]}`,
			want{client: resource, email: "a@b.c", name: "a@b.c", groups: []string{"g"}}},
		"github": {`"repository":"acme/docs","repository_owner":"acme","environment":"production","ref":"refs/heads/main",` +
			`"workflow":"publish"`,
			want{client: "acme/docs", name: "publish", groups: []string{"acme"}}},
		"gitlab": {`"project_path":"acme/docs","namespace_path":"acme","user_login":"ada","user_email":"a@b.c",` +
			`"ref_protected":"true"`,
			want{client: "acme/docs", name: "ada", groups: []string{"acme"}}},
	} {
		t.Run(provider, func(t *testing.T) {
			t.Parallel()
			cfg, err := token.Preset(provider)
			if err != nil {
				t.Fatal(err)
			}
			cfg.URL = is.URL
			v := newVerifier(t, token.Config{Issuers: []token.Issuer{cfg}, HTTP: is.Transport()})
			good := is.Claims(resource)
			text := strings.NewReplacer("EXP", string(encode(t, good["exp"])), "IAT",
				string(encode(t, good["iat"]))).Replace("{" + base + c.claims + "}")
			body := decode(t, text)
			body["iss"] = is.URL
			header := claims{"typ": nil}
			if c.want.typ != "" {
				header["typ"] = c.want.typ
			}
			p, err := v.Verify(t.Context(), is.Key("ES256").Mint(header, body))
			if err != nil {
				t.Fatal(err)
			}
			got := want{client: p.ClientID, email: p.Email, name: p.Name, scopes: p.Scopes, roles: p.Roles, groups: p.Groups,
				typ: c.want.typ}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("\n got %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func encode(t testing.TB, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestPresetErrors(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"google": "federate", "Auth0": "perhaps auth0", "azure": "perhaps entra",
		"xyzzy": "is one of generic keycloak",
	} {
		if _, err := token.Preset(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	if i, err := token.Preset(""); err != nil || i.Provider != "generic" {
		t.Errorf("%+v, %v", i, err)
	}
}

func TestEmail(t *testing.T) {
	t.Parallel()
	is := inProcess(t, tokentest.Options{})
	v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: is.Transport()})
	for _, c := range []struct {
		email, verified any
		want            string
	}{
		{"a@b.c", nil, "a@b.c"}, {"a@b.c", true, "a@b.c"}, {"a@b.c", "true", "a@b.c"},
		{"a@b.c", json.RawMessage("null"), "a@b.c"},
		{"a@b.c", false, ""}, {"a@b.c", "false", ""}, {"a@b.c", "False", ""}, {"a@b.c", "", ""}, {"a@b.c", 0, ""},
		{"a@b.c", 1, ""}, {"a@b.c", []bool{true}, ""},
		{"a@evil@b.c", true, ""}, {"a", true, ""}, {"a@", true, ""}, {"@b.c", true, ""}, {"a@b.c\n", true, ""},
		{"a @b.c", true, ""}, {1, true, ""}, {[]string{"a@b.c"}, true, ""},
	} {
		p, err := v.Verify(t.Context(), is.Token(resource, claims{"email": c.email, "email_verified": c.verified}))
		if err != nil {
			t.Fatal(err)
		}
		if p.Email != c.want {
			t.Errorf("email %v, verified %v: %q, want %q", c.email, c.verified, p.Email, c.want)
		}
	}
}

// email_verified says nothing of a user name, whatever it looks like.
func TestEmailVerifiedIsOfTheAddress(t *testing.T) {
	t.Parallel()
	is := inProcess(t, tokentest.Options{})
	for _, c := range []struct {
		path string
		said claims
		want bool
	}{
		{"email", claims{"email": "a@b.c"}, true},
		{"mail", claims{"mail": "a@b.c"}, true},
		{"/emails/0", claims{"emails": []string{"a@b.c"}}, true},
		{"/ext/email", claims{"ext": claims{"email": "a@b.c"}}, true},
		{"https://ns.example/email", claims{"https://ns.example/email": "a@b.c"}, true},
		{"preferred_username", claims{"preferred_username": "a@b.c"}, false},
		{"preferred_username", claims{"preferred_username": "a@b.c", "email": "mallory@b.c"}, false},
		{"preferred_username", claims{"preferred_username": "a@b.c", "email": "a@b.c"}, true},
		{"upn", claims{"upn": "a@b.c"}, false},
		{"https://mail.example/login", claims{"https://mail.example/login": "a@b.c"}, false},
		{"/user/name", claims{"user": claims{"name": "a@b.c", "email_verified": true}}, false},
	} {
		path, err := token.ParsePath(c.path)
		if err != nil {
			t.Fatal(err)
		}
		issuer := preset(t, is)
		issuer.Claims.Email = []token.Path{path}
		v := newVerifier(t, token.Config{Issuers: []token.Issuer{issuer}, HTTP: is.Transport()})
		p, err := v.Verify(t.Context(), is.Token(resource, claims{"email": nil, "email_verified": true}, c.said))
		if err != nil {
			t.Fatal(err)
		}
		if p.Email != "a@b.c" || p.EmailVerified != c.want {
			t.Errorf("%s of %v: %q, verified %v, want %v", c.path, c.said, p.Email, p.EmailVerified, c.want)
		}
	}
}

func TestValues(t *testing.T) {
	t.Parallel()
	is := inProcess(t, tokentest.Options{})
	v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: is.Transport()})
	p, err := v.Verify(t.Context(), is.Token(resource, claims{
		"scope":  []any{"a b", "c", 1, "", "c"},
		"roles":  map[string]any{"yes": true, "no": false, "null": nil, "": 1, "orgs": claims{"1": "acme"}},
		"groups": []any{[]string{"nested"}, "Domain Users"},
	}))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(p.Scopes, []string{"a b", "c"}) || !reflect.DeepEqual(p.Roles, []string{"orgs", "yes"}) ||
		!reflect.DeepEqual(p.Groups, []string{"Domain Users"}) {
		t.Errorf("scopes %q, roles %q, groups %q", p.Scopes, p.Roles, p.Groups)
	}
}
