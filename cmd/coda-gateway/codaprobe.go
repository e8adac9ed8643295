package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/oauth2"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/config"
)

// codaTimeout bounds the one question to Coda.
const codaTimeout = 20 * time.Second

// probeCoda tries the Coda token as serve would: it asks whose it is, which works with every token and changes
// nothing.
func probeCoda(ctx context.Context, cfg *config.Config) probed {
	ctx, cancel := context.WithTimeout(ctx, codaTimeout)
	defer cancel()
	const name = "coda.token"
	client, err := coda.New(coda.Config{
		BaseURL:     cfg.Coda.BaseURL,
		TokenSource: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: cfg.Coda.Token.Reveal()}),
		UserAgent:   "coda-gateway/" + readBuild().Version,
	})
	if err != nil {
		return probed{levelFailed, name, err.Error(), "correct coda in the configuration"}
	}
	me, err := client.WhoAmI(ctx)
	switch {
	case errors.Is(err, coda.ErrUnauthorized):
		return probed{levelFailed, name, "Coda does not accept the token: it was mistyped, has expired or was " +
			"revoked",
			"make a new API token in Coda's account settings, with the account whose documents people are to use, " +
				"and put it there"}
	case err != nil:
		return probed{levelWarning, name, "Coda did not answer: " + printable(err.Error()),
			"if Coda is up (status.coda.io), look at the way out of this network (proxy in HTTPS_PROXY, firewall) " +
				"and at coda.base_url"}
	case me.Scoped:
		return probed{levelOK, name, "accepted, of " + account(me) + ", restricted to a document or a table", ""}
	}
	return probed{levelWarning, name, "accepted, of " + account(me) + ", and not restricted: whatever this " +
		"account may do in Coda, " +
		"people can do through the gateway as far as access allows",
		"use an account of its own, to which only the documents are shared that people are to use, or a " +
			"restricted token"}
}

func account(me *coda.User) string {
	text := printable(me.Name)
	if me.LoginID != "" {
		text += fmt.Sprintf(" (%s)", printable(me.LoginID))
	}
	return text
}

// print writes a finding about Coda as YAML comments.
func (p probed) print(w io.Writer, about string) {
	fmt.Fprintf(w, "\n# %s\n", about)
	p.line(w)
}

func (p probed) line(w io.Writer) {
	fmt.Fprintf(w, "#   %-8s %s: %s\n", p.Level, p.Name, p.Text)
	if p.Cure != "" {
		fmt.Fprintf(w, "#            -> %s\n", p.Cure)
	}
}
