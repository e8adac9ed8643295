package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/sync/errgroup"

	"github.com/bestviable/coda-gateway/cmd/internal/build"
	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/config"
	calls "github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/lend"
)

const (
	// codaTimeout bounds one question to Coda.
	codaTimeout = 20 * time.Second
	// filesTried is how many files of a directory are tried, and codaAtOnce how many questions run at a time.
	filesTried, codaAtOnce = 20, 4
)

// probeCoda tries every Coda credential as serve would: it asks whose it is, which works with every token and changes
// nothing. Of a directory it tries the first files.
func probeCoda(ctx context.Context, cfg *config.Config) []probed {
	settings := build.LendConfig(cfg)
	credentials := lend.New(settings).Standing()
	var list []probed
	for _, r := range settings.Rules {
		if r.Directory == "" {
			continue
		}
		names, all, err := lend.Files(r.Directory, filesTried)
		switch {
		case err != nil:
			list = append(list, probed{levelFailed, r.Name, err.Error(), "make the directory readable for the gateway's user"})
		case all == 0:
			list = append(list, probed{levelWarning, r.Name, r.Directory + " is empty, so nobody has a Coda account",
				"put a file for each person there, named after their " +
					map[lend.By]string{lend.ByEmail: "e-mail address", lend.BySubject: "subject"}[r.By]})
		case all > len(names):
			list = append(list, probed{levelOK, r.Name, fmt.Sprintf("%d of the %d files in %s are tested", len(names), all,
				r.Directory), ""})
		}
		for _, name := range names {
			token, err := lend.ReadFile(r.Directory, name)
			c := lend.Credential{Token: token, Rule: r.Name, File: name}
			if err != nil {
				list = append(list, probed{levelFailed, c.Name(), err.Error(), "put the Coda API token, and nothing else, into " +
					"the file"})
				continue
			}
			credentials = append(credentials, c)
		}
	}
	found := make([]probed, len(credentials))
	var group errgroup.Group
	group.SetLimit(codaAtOnce)
	for i, c := range credentials {
		group.Go(func() error {
			found[i] = probeCredential(ctx, cfg, c)
			return nil
		})
	}
	_ = group.Wait()
	return append(found, list...)
}

// worst is what check says of Coda in one word: the first failure, or warning, or else the first finding.
func worst(list []probed) *probed {
	for _, level := range []string{levelFailed, levelWarning, levelOK} {
		if i := slices.IndexFunc(list, func(p probed) bool { return p.Level == level }); i >= 0 {
			return &list[i]
		}
	}
	return nil
}

func probeCredential(ctx context.Context, cfg *config.Config, c lend.Credential) probed {
	ctx, cancel := context.WithTimeout(ctx, codaTimeout)
	defer cancel()
	name := c.Name()
	client, err := coda.New(coda.Config{
		BaseURL:     cfg.Coda.BaseURL,
		TokenSource: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: c.Token}),
		UserAgent:   "coda-gateway/" + readBuild().Version,
	})
	if err != nil {
		return probed{levelFailed, name, err.Error(), "correct coda in the configuration"}
	}
	me, err := client.WhoAmI(ctx)
	if err != nil {
		return probedFault(name, err)
	}
	account := "accepted, of " + printable(build.AccountOf(me))
	switch {
	case me.Scoped:
		return probed{levelOK, name, account + ", restricted to a document or a table", ""}
	case c.File != "":
		return probed{levelOK, name, account, ""}
	}
	return probed{levelWarning, name, account + ", and not restricted: people can do through the gateway whatever this " +
		"account may do in Coda, as far as access allows",
		"use a dedicated account that only has the documents that people should use, or a restricted token"}
}

// probedFault says what keeps a credential from working, with the word that the log has for it.
func probedFault(name string, err error) probed {
	switch fault, _ := build.FaultOf(err); fault {
	case calls.CodaTokenRefused:
		return probed{levelFailed, name, "Coda does not accept the token: it was mistyped, has expired or was revoked (" +
			string(fault) + ")",
			"make a new API token in Coda's account settings, with the account whose documents people should use, and put it " +
				"there"}
	case calls.CodaRateLimited:
		return probed{levelWarning, name, "Coda asks for fewer requests (" + string(fault) + ")",
			"try again in a minute; if that does not help, find out who else uses the account"}
	default:
		return probed{levelWarning, name, "Coda did not answer: " + printable(err.Error()) + " (" + string(fault) + ")",
			"if Coda is up (status.coda.io), check this network's outgoing connections (proxy in HTTPS_PROXY, firewall) and " +
				"coda.base_url"}
	}
}

// printProbed writes findings about Coda as YAML comments.
func printProbed(w io.Writer, about string, list []probed) {
	fmt.Fprintf(w, "\n# %s\n", about)
	for _, p := range list {
		p.line(w)
	}
}

func (p probed) line(w io.Writer) {
	fmt.Fprintf(w, "#   %-8s %s: %s\n", p.Level, p.Name, p.Text)
	if p.Cure != "" {
		fmt.Fprintf(w, "#            -> %s\n", p.Cure)
	}
}
