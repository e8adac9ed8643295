package coda

import (
	"context"
	"iter"
)

// CustomDomain is a domain of one's own that a published document is shown under.
type CustomDomain struct {
	Object
	Domain         string `json:"customDocDomain"`
	HasCertificate bool   `json:"hasCertificate"`
	HasDNSDocID    bool   `json:"hasDnsDocId"`
	// SetupStatus is pending, succeeded or failed.
	SetupStatus string `json:"setupStatus"`
	// DomainStatus is connected or notConnected.
	DomainStatus string `json:"domainStatus"`
	LastVerified Time   `json:"lastVerifiedTimestamp"`
}

// ListCustomDomains lists a document's domains (GET /docs/{doc}/domains). Coda chooses the page size.
func (c *Client) ListCustomDomains(ctx context.Context, doc DocID, opts ListOptions) iter.Seq2[*CustomDomain, error] {
	return lister[CustomDomain]{
		request: request{op: OpListCustomDomains, path: []string{doc}}, opts: opts, items: "customDocDomains",
		key: func(d *CustomDomain) string { return d.Domain },
	}.all(ctx, c)
}

// AddCustomDomain connects a domain to a published document (POST /docs/{doc}/domains).
func (c *Client) AddCustomDomain(ctx context.Context, doc DocID, domain string) error {
	return c.run(ctx, request{op: OpAddCustomDomain, path: []string{doc}, body: struct {
		Domain string `json:"customDocDomain"`
	}{domain}})
}

// UpdateCustomDomain has Coda look at the domain's set-up again (PATCH /docs/{doc}/domains/{domain}).
func (c *Client) UpdateCustomDomain(ctx context.Context, doc DocID, domain string) error {
	return c.run(ctx, request{op: OpUpdateCustomDomain, path: []string{doc, domain}, body: struct{}{}})
}

// DeleteCustomDomain disconnects a domain (DELETE /docs/{doc}/domains/{domain}).
func (c *Client) DeleteCustomDomain(ctx context.Context, doc DocID, domain string) error {
	return c.run(ctx, request{op: OpDeleteCustomDomain, path: []string{doc, domain}})
}

// CustomDomainProvider names the registrar of a domain as Coda sees it, "Other" where it does not know
// (GET /domains/provider/{domain}).
func (c *Client) CustomDomainProvider(ctx context.Context, domain string) (string, error) {
	a, err := do[struct {
		Provider string `json:"provider"`
	}](ctx, c, request{op: OpCustomDomainProvider, path: []string{domain}})
	if err != nil {
		return "", err
	}
	return a.Provider, nil
}
