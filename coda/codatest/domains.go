package codatest

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

type domainState struct {
	name     string
	verified time.Time // zero: not yet
}

var domainName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$`)

func listCustomDocDomains(c *call) (any, error) {
	items := []obj{}
	for _, d := range c.doc.domains {
		setup, status := "pending", "notConnected"
		if !d.verified.IsZero() {
			setup, status = "succeeded", "connected"
		}
		o := obj{"customDocDomain": d.name, "hasCertificate": setup == "succeeded", "hasDnsDocId": setup == "succeeded",
			"setupStatus": setup, "domainStatus": status}
		if !d.verified.IsZero() {
			o["lastVerifiedTimestamp"] = stamp(d.verified)
		}
		items = append(items, o)
	}
	return obj{"customDocDomains": items}, nil
}

func addCustomDocDomain(c *call) (any, error) {
	var b struct {
		CustomDocDomain string `json:"customDocDomain"`
	}
	if err := c.decode(&b); err != nil {
		return nil, err
	}
	name := hostOf(b.CustomDocDomain)
	if !domainName.MatchString(name) {
		return nil, forbidden("%q is not a domain.", b.CustomDocDomain)
	}
	if c.doc.published == nil {
		return nil, forbidden("Only a published doc can have a domain.")
	}
	if c.domain(name) < 0 {
		c.doc.domains = append(c.doc.domains, domainState{name: name})
	}
	return obj{}, nil
}

func (c *call) domain(name string) int {
	return slices.IndexFunc(c.doc.domains, func(d domainState) bool { return d.name == hostOf(name) })
}

func (c *call) theDomain() (int, error) {
	name := c.path("customDocDomain")
	i := c.domain(name)
	if i < 0 {
		return 0, notFound("Could not find the domain %q.", name)
	}
	return i, nil
}

// updateCustomDocDomain verifies the domain, which succeeds here.
func updateCustomDocDomain(c *call) (any, error) {
	var b struct{}
	if err := c.decodeOptional(&b); err != nil {
		return nil, err
	}
	i, err := c.theDomain()
	if err != nil {
		return nil, err
	}
	c.doc.domains[i].verified = c.now
	return obj{}, nil
}

func deleteCustomDocDomain(c *call) (any, error) {
	i, err := c.theDomain()
	if err != nil {
		return nil, err
	}
	c.doc.domains = slices.Delete(c.doc.domains, i, i+1)
	return obj{}, nil
}

// getCustomDocDomainProvider guesses the registrar from the name.
func getCustomDocDomainProvider(c *call) (any, error) {
	name := hostOf(c.path("customDocDomain"))
	if !domainName.MatchString(name) {
		return nil, notFound("Could not find the domain %q.", name)
	}
	provider := "Other"
	for _, p := range []string{"GoDaddy", "Namecheap"} {
		if strings.Contains(name, strings.ToLower(p)) {
			provider = p
		}
	}
	return obj{"provider": provider}, nil
}

// hostOf brings a domain into its one form: lower case, no trailing dot.
func hostOf(s string) string { return strings.TrimSuffix(strings.ToLower(s), ".") }
