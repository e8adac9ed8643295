package token

import (
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/token/claims"
	"github.com/bestviable/coda-gateway/gateway/token/keys"
)

// TenantTemplate in an issuer's URL stands for the tenant, a GUID (Entra).
const TenantTemplate = keys.Template

// AnyTenant as the only one of [Issuer.Tenants] lets every tenant in, but for that of personal accounts.
const AnyTenant = "any"

// ConsumerTenant is the one that all personal Microsoft accounts share: whoever has an address can be in it.
const ConsumerTenant = "9188040d-6c67-4c5b-b112-36a304b66dad"

// SignInNone as [Issuer.SignIn]: nobody signs in there, as at an issuer of machines.
const SignInNone = keys.None

// tenancy is an issuer of several tenants: a URL with a template, and the tenants that may stand for it.
type tenancy struct {
	before, after string
	tenants       []string // lower case; AnyTenant alone = all
}

func newTenancy(i *Issuer) *tenancy {
	before, after, ok := strings.Cut(i.URL, TenantTemplate)
	if !ok {
		return nil
	}
	t := &tenancy{before: before, after: after}
	for _, id := range i.Tenants {
		t.tenants = append(t.tenants, strings.ToLower(id))
	}
	return t
}

// of finds the tenant in an issuer, which has to be a GUID: a template is no value.
func (t *tenancy) of(iss string) (tenant string, ok bool) {
	rest, ok := strings.CutPrefix(iss, t.before)
	if !ok {
		return "", false
	}
	tenant, ok = strings.CutSuffix(rest, t.after)
	return tenant, ok && IsTenant(tenant)
}

// lets tells whether a tenant may come in.
func (t *tenancy) lets(tenant string) bool {
	if tenant == ConsumerTenant {
		return false
	}
	return slices.Contains(t.tenants, tenant) || slices.Equal(t.tenants, []string{AnyTenant})
}

func (t *tenancy) describe() string {
	if t == nil {
		return ""
	}
	if slices.Equal(t.tenants, []string{AnyTenant}) {
		return "that of iss; any tenant except that of personal accounts"
	}
	return "that of iss, one of " + strings.Join(t.tenants, " ")
}

// IsTenant tells whether s is a tenant's id as tokens have it: a GUID in lower case.
func IsTenant(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (c == '-') || !dash && (c < '0' || c > '9') &&
			(c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// issues tells whether a token's `iss` is this issuer's.
func (s *settings) issues(iss string) bool {
	if s.tenancy == nil {
		return iss == s.URL
	}
	_, ok := s.tenancy.of(iss)
	return ok
}

// testTenant holds `tid` to the tenant in `iss`, and both to the configuration.
func testTenant(c *candidate) *Error {
	t := c.settings.tenancy
	if t == nil {
		return nil
	}
	iss, _ := c.claims["iss"].(string)
	tenant, ok := t.of(iss)
	if !ok {
		return nil // testIssuer refused it, or an introspection answer names none
	}
	if tid, _ := c.claims["tid"].(string); tid != tenant && (c.claims["tid"] != nil || !c.pending) {
		return refuse(ReasonTenant, "tid is %s, but iss belongs to the tenant %s", claims.Describe(c.claims["tid"]), tenant)
	}
	if !t.lets(tenant) {
		return refuse(ReasonTenant, "the tenant %s is not in tenants", tenant)
	}
	return nil
}

// Advertised is the issuer that clients are sent to; empty = none.
func (i *Issuer) Advertised() string {
	switch {
	case i.SignIn == SignInNone:
		return ""
	case i.SignIn != "":
		return i.SignIn
	}
	return i.fetched()
}

// organizations stands for whatever tenant a person is of, where there is no single one.
const organizations = "organizations"

// fetched is the issuer's URL as it is fetched.
func (i *Issuer) fetched() string {
	tenant := organizations
	if len(i.Tenants) == 1 && i.Tenants[0] != AnyTenant {
		tenant = strings.ToLower(i.Tenants[0])
	}
	return strings.ReplaceAll(i.URL, TenantTemplate, tenant)
}

// Ask gives scopes the form in which clients are to ask for them.
func (i *Issuer) Ask(scopes []string) []string {
	if i.ScopePrefix == "" && len(i.AskAlso) == 0 {
		return scopes
	}
	out := slices.Clone(scopes)
	for _, s := range i.AskAlso {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	for n, s := range out {
		if i.ScopePrefix != "" && !slices.Contains(standardScopes, s) && !strings.HasPrefix(s, i.ScopePrefix) {
			out[n] = i.ScopePrefix + s
		}
	}
	return out
}

// standardScopes belong to the provider, not to an application.
var standardScopes = []string{"openid", "profile", "email", "address", "phone", "offline_access"}
