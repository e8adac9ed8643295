package main

import (
	"context"
	"strings"

	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/limit/valkey"
)

// probeLimits tries limits.store as serve would; nothing where there is none. That it cannot be reached is a warning:
// each replica would count by itself.
func probeLimits(ctx context.Context, cfg *config.Config) []probed {
	store := cfg.Limits.Store
	if store.Host == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, onlineTimeout)
	defer cancel()
	err := valkey.Try(ctx, valkey.Config{URL: store.URL.Reveal(), CA: store.CA})
	if err == nil {
		return []probed{{levelOK, "limits.store", "it can be reached", ""}}
	}
	why, cure := err.Error(), "check that it runs, its address, and that this network leads there"
	switch {
	case strings.Contains(why, "x509: "):
		cure = "name the authority that its certificate is of in limits.ca_file, and write its host as the certificate does"
	case strings.Contains(why, "WRONGPASS"), strings.Contains(why, "NOAUTH"), strings.Contains(why, "AUTH "):
		cure = "correct the user and the password in limits.store"
	}
	text := "it cannot be reached (" + printable(why) + "), so each replica would count by itself, and refuse whatever " +
		"needs a confirmation"
	return []probed{{levelWarning, "limits.store", text, cure}}
}
