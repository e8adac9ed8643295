package access

import (
	"slices"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/token"
)

// The policy names the claims that it decides by, since principals carry no others.
func TestClaimsOfAPolicy(t *testing.T) {
	t.Parallel()
	for _, want := range [][]string{{}, {"https://ns.example/x", "realm", "tid"}} {
		grants := []Grant{{When: When{Roles: []string{"r"}}, Allow: []string{"read"}}}
		if len(want) > 0 {
			grants = append(grants,
				Grant{Allow: []string{"read"}, When: When{Claims: token.Requirements{
					"/realm/level": {"1"}, "tid": {"a"}}}},
				Grant{Allow: []string{"read"}, When: When{Claims: token.Requirements{
					"https://ns.example/x": {"1"}, "tid": {"b"}}}})
		}
		p, err := Compile(Config{Tools: []Tool{{Name: "t", Group: Read}}, Grants: grants})
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Claims(); got == nil || !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
