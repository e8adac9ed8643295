package build

import (
	"time"

	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/site"
)

// revoked translates the list.
func revoked(cfg *config.Config) []site.Revocation {
	var list []site.Revocation
	for _, e := range cfg.Revoked {
		r := site.Revocation{Subject: e.Subject, Issuer: e.Issuer, TokenID: e.TokenID}
		if e.Before != nil {
			r.Before = time.Time(*e.Before)
		}
		list = append(list, r)
	}
	return list
}
