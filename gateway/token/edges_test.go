package token

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// What counts as a tenant's id is a GUID as Entra writes it, with each character at its place.
func TestIsTenant(t *testing.T) {
	t.Parallel()
	const good = "09afbc12-0123-4567-89ab-cdef01234567"
	for s, want := range map[string]bool{
		good: true, strings.ToUpper(good): false, good[1:]: false, good + "0": false, "": false,
		strings.ReplaceAll(good, "-", "0"): false, strings.Repeat("-", 36): false,
	} {
		if got := IsTenant(s); got != want {
			t.Errorf("%s: %v", s, got)
		}
	}
	for i := range good {
		for _, c := range []byte{'-', '0', '9', 'a', 'f', '/', ':', '`', 'g', 'A'} {
			s := good[:i] + string(c) + good[i+1:]
			dash := i == 8 || i == 13 || i == 18 || i == 23
			want := dash && c == '-' || !dash && strings.IndexByte("09af", c) >= 0
			if got := IsTenant(s); got != want {
				t.Errorf("%s: %v, want %v", s, got, want)
			}
		}
	}
}

// Times may be a minute off, and no more.
func TestTimesAtTheBounds(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	cut := settings{Issuer: Issuer{NotBefore: now}}
	for name, test := range map[string]struct {
		test func(*candidate) *Error
		name string
		at   time.Time
		want Reason
	}{
		"expired a minute ago": {testExpiry, "exp", now.Add(-Skew), ""},
		"expired before that":  {testExpiry, "exp", now.Add(-Skew - time.Second), ReasonExpired},
		"begins in a minute":   {func(c *candidate) *Error { return testNotAhead(c, "nbf") }, "nbf", now.Add(Skew), ""},
		"begins after that": {func(c *candidate) *Error { return testNotAhead(c, "nbf") }, "nbf",
			now.Add(Skew + time.Second), ReasonNotYetValid},
		"issued at the cut-off":   {testCutOff, "iat", now, ""},
		"issued just before it":   {testCutOff, "iat", now.Add(-time.Second), ReasonRevoked},
		"issued, and no one asks": {testCutOff, "nbf", now, ReasonRevoked},
	} {
		c := &candidate{settings: &cut, claims: map[string]any{test.name: json.Number(fmt.Sprint(test.at.Unix()))}, now: now}
		err := test.test(c)
		if err != nil && err.Reason != test.want || err == nil && test.want != "" {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

// Who is in too many groups is told of in three ways.
func TestMarksOfTooManyGroups(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		all  map[string]any
		want bool
	}{
		"nothing":     {map[string]any{}, false},
		"named":       {map[string]any{"_claim_names": map[string]any{"groups": "src1"}}, true},
		"other names": {map[string]any{"_claim_names": map[string]any{"roles": "src1"}}, false},
		"true":        {map[string]any{"hasgroups": true}, true},
		"as text":     {map[string]any{"hasgroups": "True"}, true},
		"false":       {map[string]any{"hasgroups": false}, false},
		"false text":  {map[string]any{"hasgroups": "false"}, false},
	} {
		if got := groupsOverage(test.all); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A bearer token is looked at up to its longest, and every byte of it must be one that tokens have.
func TestShapesAtTheBounds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		raw   string
		shape shape
		want  Reason
	}{
		"empty":         {"", 0, ReasonMalformed},
		"longest":       {strings.Repeat("a", MaxTokenBytes), shapeOpaque, ""},
		"longer":        {strings.Repeat("a", MaxTokenBytes+1), 0, ReasonTooLong},
		"last byte":     {"aaaa ", 0, ReasonMalformed},
		"first byte":    {"\x00aaa", 0, ReasonMalformed},
		"a brace":       {"eyJh.b.c", shapeJWT, ""},
		"white space":   {"CiB7.b.c", shapeJWT, ""},
		"three letters": {"eyJ.b.c", shapeJWT, ""},
		"one letter":    {"e.b.c", shapeOpaque, ""},
		"no object":     {"Wzdd.b.c", shapeOpaque, ""},
		"no dot":        {"eyJh", shapeOpaque, ""},
	} {
		got, err := shapeOf(test.raw)
		if err != nil && err.Reason != test.want || err == nil && (test.want != "" || got != test.shape) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	for n, fine := range map[int]bool{maxKeyID: true, maxKeyID + 1: false} {
		if err := new(jwt).readHeader([]byte(`{"kid":"` + strings.Repeat("k", n) + `"}`)); (err == nil) != fine {
			t.Errorf("a kid of %d bytes: %v", n, err)
		}
	}
}

// Somebody signs in here who comes from the issuer that people are sent to, or from another one of the same place.
func TestWhoSignsIn(t *testing.T) {
	t.Parallel()
	issuers := []Issuer{
		{URL: "https://machines.example.com", SignIn: SignInNone}, {URL: "https://a.example.com"},
		{URL: "https://a2.example.com", SignIn: "https://a.example.com"}, {URL: "https://b.example.com"},
	}
	if at := SignInAt(issuers); at != "https://a.example.com" {
		t.Errorf("people are sent to %s", at)
	}
	for of, want := range map[string]bool{
		"https://a.example.com": true, "https://a2.example.com": true, "https://b.example.com": false,
		"https://machines.example.com": false, "": false,
	} {
		if got := SignsIn(issuers, &Principal{Configured: of}); got != want {
			t.Errorf("%s: %v", of, got)
		}
	}
	if SignInAt(issuers[:1]) != "" || SignsIn(issuers[:1], &Principal{Configured: issuers[0].URL}) {
		t.Error("people sign in at an issuer of machines")
	}
}

// An IPv6 subscriber is one caller, and an IPv4 address is, however it is written.
func TestNetworksOfCallers(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{
		"203.0.113.9": "203.0.113.9/32", "::ffff:203.0.113.9": "203.0.113.9/32", "2001:db8:1:2:3::4": "2001:db8:1:2::/64",
		"fe80::1%eth0": "fe80::/64",
	} {
		if got := callerOf(WithCaller(t.Context(), netip.MustParseAddr(addr))); got.String() != want {
			t.Errorf("%s: %s, want %s", addr, got, want)
		}
	}
	if got := callerOf(t.Context()); got.IsValid() {
		t.Errorf("nobody: %s", got)
	}
}
