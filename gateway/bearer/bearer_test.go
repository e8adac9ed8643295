package bearer

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/oauthex"
)

func TestToken(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", MaxToken)
	tests := []struct {
		name   string
		header []string
		token  string
		err    error
	}{
		{"none", nil, "", ErrNone},
		{"plain", []string{"Bearer abc.def-_~+/=="}, "abc.def-_~+/==", nil},
		{"scheme in lower case", []string{"bearer abc"}, "abc", nil},
		{"scheme in upper case", []string{"BEARER abc"}, "abc", nil},
		{"several spaces", []string{"Bearer   abc "}, "abc", nil},
		{"two headers", []string{"Bearer abc", "Bearer abc"}, "", ErrRepeated},
		{"empty", []string{""}, "", ErrScheme},
		{"scheme alone", []string{"Bearer"}, "", ErrSyntax},
		{"scheme and blanks", []string{"Bearer  "}, "", ErrSyntax},
		{"another scheme", []string{"Basic YTpi"}, "", ErrScheme},
		{"no scheme", []string{"abc.def.ghi"}, "", ErrScheme},
		{"two tokens", []string{"Bearer abc, Bearer def"}, "", ErrSyntax},
		{"tab", []string{"Bearer\tabc"}, "", ErrScheme},
		{"quoted", []string{`Bearer "abc"`}, "", ErrSyntax},
		{"not ASCII", []string{"Bearer äbc"}, "", ErrSyntax},
		{"padding alone", []string{"Bearer =="}, "", ErrSyntax},
		{"padding inside", []string{"Bearer a=b"}, "", ErrSyntax},
		{"longest", []string{"Bearer " + long}, long, nil},
		{"too long", []string{"Bearer " + long + "a"}, "", ErrTooLong},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := http.Header{}
			if test.header != nil {
				h["Authorization"] = test.header
			}
			token, err := Token(h)
			if token != test.token || !errors.Is(err, test.err) {
				t.Errorf("got %q, %v; want %q, %v", token, err, test.token, test.err)
			}
		})
	}
}

func TestChallenge(t *testing.T) {
	t.Parallel()
	c := NewChallenge("https://mcp.example.com/.well-known/oauth-protected-resource/mcp",
		[]string{"coda:read", "coda:write"})
	tests := []struct {
		code   Code
		scopes []string
		status int
		want   string
	}{
		{NoError, nil, 401, `Bearer resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp", scope="coda:read coda:write"`},
		{InvalidToken, nil, 401, `Bearer error="invalid_token", error_description="the access token was not accepted; obtain a new one", resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp", scope="coda:read coda:write"`},
		{InsufficientScope, []string{"coda:admin"}, 403, `Bearer error="insufficient_scope", error_description="this needs more scopes than the access token has", resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp", scope="coda:admin"`},
		{InvalidRequest, nil, 400, `Bearer error="invalid_request", error_description="send exactly one Authorization header", resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"`},
	}
	for _, test := range tests {
		h := http.Header{}
		if status := c.Write(h, test.code, test.scopes); status != test.status {
			t.Errorf("%q: status %d, want %d", test.code, status, test.status)
		}
		values := h.Values("WWW-Authenticate")
		if len(values) != 1 || values[0] != test.want {
			t.Errorf("%q: got %q\nwant %q", test.code, values, test.want)
		}
		parsed, err := oauthex.ParseWWWAuthenticate(values)
		if err != nil || len(parsed) != 1 || parsed[0].Params["error"] != string(test.code) {
			t.Errorf("%q: a client reads %+v, %v", test.code, parsed, err)
		}
	}
}

func TestChallengeWithoutScopes(t *testing.T) {
	t.Parallel()
	h := http.Header{}
	NewChallenge("https://h/x", nil).Write(h, NoError, nil)
	if got := h.Get("WWW-Authenticate"); got != `Bearer resource_metadata="https://h/x"` {
		t.Errorf("got %q", got)
	}
}

// Whatever comes in, a returned token is a token and an error never quotes the header.
func FuzzToken(f *testing.F) {
	f.Add("Bearer abc")
	f.Add("bearer  a.b.c==")
	f.Add("Basic YTpi")
	f.Fuzz(func(t *testing.T, value string) {
		token, err := Token(http.Header{"Authorization": {value}})
		if err == nil && (token == "" || len(token) > MaxToken || strings.ContainsAny(token, " \t\r\n\",")) {
			t.Fatalf("accepted %q from %q", token, value)
		}
		if err != nil && token != "" {
			t.Fatalf("token %q with error %v", token, err)
		}
	})
}
