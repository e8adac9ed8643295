package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bestviable/coda-gateway/cmd/internal/build"
	"github.com/bestviable/coda-gateway/coda/near"
	"github.com/bestviable/coda-gateway/gateway/journal"
)

// attemptsFlags are those of the command.
type attemptsFlags struct {
	admin          string
	follow, asJSON bool
}

func (a *app) attemptsCommand() *cobra.Command {
	var f attemptsFlags
	cmd := &cobra.Command{
		Use:   "attempts [ID | WHO]",
		Short: "Show who tried to connect, how far they got, and what stopped them",
		Long: `List the attempts to connect that a running gateway remembers, newest first: who, with which client, how far they got,
and what went wrong. With an id, show one attempt in full: what happened, what did not, why, and what to do. The id is
the short one in the list, the log, refusals and the page at the MCP URL, such as 7Q2K; or a request id. With a person's
name or subject, or the address that a stranger came from, list theirs.

The command asks the gateway's admin listener, which must be on a loopback address or a Unix socket: run it on the
gateway's machine, or in its container. The address is admin.listen of the configuration, or --admin.`,
		Example: `  coda-gateway attempts --config gateway.yaml
  coda-gateway attempts --config gateway.yaml 7Q2K
  coda-gateway attempts --config gateway.yaml 'Ada Lovelace'
  coda-gateway attempts --admin http://127.0.0.1:9090 --follow`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) > 1:
				return oneArgument("a name")(nil, args)
			case len(args) == 1 && f.follow:
				return usageError{errors.New("--follow takes no id: it prints every attempt as it ends")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.attempts(cmd.Context(), f, args) },
	}
	cmd.Flags().StringVar(&f.admin, "admin", "", "address of the admin listener: http://127.0.0.1:9090, 127.0.0.1:9090 "+
		"or unix:/path (default: admin.listen of the configuration)")
	cmd.Flags().BoolVar(&f.follow, "follow", false, "keep running, and print each attempt as it ends")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print JSON; with --follow, one document per line")
	return cmd
}

func (a *app) attempts(ctx context.Context, f attemptsFlags, args []string) error {
	at := f.admin
	if at == "" {
		cfg, _, err := a.loadConfig()
		if err != nil {
			return err
		}
		if at = cfg.AdminListen; at == "" {
			return errors.New("admin.listen is empty, so this gateway has no admin listener to ask; set it, or name another " +
				"with --admin")
		}
	}
	admin, err := newAdminClient(at)
	if err != nil {
		return err
	}
	switch {
	case f.follow:
		return a.followAttempts(ctx, admin, f.asJSON)
	case len(args) == 1:
		return a.oneAttempt(ctx, admin, args[0], f.asJSON)
	}
	var list journal.List
	if err := admin.get(ctx, "/attempts", &list); err != nil {
		return err
	}
	return a.listAttempts(list, f.asJSON)
}

func (a *app) listAttempts(list journal.List, asJSON bool) error {
	switch {
	case asJSON:
		return a.printJSON(list)
	case len(list.Attempts) == 0:
		fmt.Fprintln(a.stderr, "Nobody has tried to connect since the gateway started, or their requests did not arrive.")
		return nil
	}
	return journal.WriteTable(a.stdout, list.Attempts)
}

func (a *app) oneAttempt(ctx context.Context, admin *adminClient, id string, asJSON bool) error {
	var report journal.Report
	err := admin.get(ctx, "/attempts/"+url.PathEscape(id), &report)
	if _, unknown := errors.AsType[notFoundError](err); unknown {
		return a.attemptsOf(ctx, admin, id, asJSON, err)
	}
	if err != nil {
		return err
	}
	if asJSON {
		return a.printJSON(report)
	}
	return report.WriteText(a.stdout)
}

// attemptsOf lists the attempts of somebody; none is why there is no attempt of that id.
func (a *app) attemptsOf(ctx context.Context, admin *adminClient, who string, asJSON bool, none error) error {
	var list journal.List
	if err := admin.get(ctx, "/attempts", &list); err != nil {
		return err
	}
	var people []build.Person
	var ids []string
	theirs := journal.List{Version: list.Version}
	for _, s := range list.Attempts {
		p := build.Person{Issuer: s.Issuer, Subject: s.Subject, Name: s.Name}
		if isPerson(p, who) || who == s.Address {
			theirs.Attempts = append(theirs.Attempts, s)
		}
		if ids = append(ids, s.ID); p.Subject != "" && !slices.ContainsFunc(people, p.Same) {
			people = append(people, p)
		}
	}
	if len(theirs.Attempts) > 0 {
		return a.listAttempts(theirs, asJSON)
	}
	if near := cmp.Or(nearPeople(people, who), didYouMean(near.Mistyped(who, ids, 3))); near != "" {
		return fmt.Errorf("no attempt has the id %q, and nobody who tried is called so%s", who, near)
	}
	return none
}

// followEvery is how often the listener is asked.
const followEvery = time.Second

// followAttempts prints what ends from now on, until ctx does. What has ended already is not told again.
func (a *app) followAttempts(ctx context.Context, admin *adminClient, asJSON bool) error {
	told := map[string]journal.Outcome{}
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for begun := false; ; begun = true {
		var list journal.List
		if err := admin.get(ctx, "/attempts", &list); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		now := make(map[string]journal.Outcome, len(list.Attempts))
		for i := len(list.Attempts) - 1; i >= 0; i-- {
			s := &list.Attempts[i]
			now[s.ID] = s.Outcome
			if begun && s.Outcome != journal.Waiting && told[s.ID] != s.Outcome {
				a.printFollowed(s, asJSON)
			}
		}
		if told = now; !begun {
			fmt.Fprintf(a.stderr, "%s remembered. From now on each attempt is printed as it ends; press Ctrl-C to stop.\n",
				count(len(list.Attempts), "attempt"))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (a *app) printFollowed(s *journal.Summary, asJSON bool) {
	if asJSON {
		if line, err := json.Marshal(s); err == nil {
			fmt.Fprintln(a.stdout, string(line))
		}
		return
	}
	fmt.Fprintln(a.stdout, strings.ReplaceAll(s.Line(), "\t", "  "))
}

// adminClient asks an admin listener of this machine.
type adminClient struct {
	base, at string
	http     *http.Client
}

// newAdminClient reads an address: a URL, host:port, or unix:/path. An address that listens everywhere is asked here.
func newAdminClient(at string) (*adminClient, error) {
	c := &adminClient{at: at, http: &http.Client{Timeout: 10 * time.Second}}
	if path, ok := strings.CutPrefix(at, "unix:"); ok {
		c.base = "http://127.0.0.1"
		c.http.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		}}
		return c, nil
	}
	if !strings.Contains(at, "://") {
		at = "http://" + at
	}
	u, err := url.Parse(at)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, usageError{fmt.Errorf("%q is not the address of an admin listener; write http://127.0.0.1:9090, or "+
			"unix:/path",
			c.at)}
	}
	if host, port, err := net.SplitHostPort(u.Host); err == nil {
		if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
			u.Host = net.JoinHostPort("127.0.0.1", port)
		}
	}
	c.base = u.Scheme + "://" + u.Host
	c.http.Transport = &http.Transport{Proxy: nil}
	return c, nil
}

// notFoundError is why the admin listener does not know something.
type notFoundError string

func (e notFoundError) Error() string { return string(e) }

// mostAnswer bounds what is read of an answer.
const mostAnswer = 16 << 20

// get reads a JSON document.
func (c *adminClient) get(ctx context.Context, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("the admin listener at %s does not answer: %w; is the gateway running, on this machine?", c.at, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostAnswer))
	if err != nil {
		return fmt.Errorf("the admin listener at %s broke off its answer: %w", c.at, err)
	}
	if resp.StatusCode == http.StatusOK && json.Unmarshal(body, into) == nil {
		return nil
	}
	var said struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(body, &said) == nil && said.Error != "" {
		if resp.StatusCode == http.StatusNotFound {
			return notFoundError(said.Error)
		}
		return errors.New(said.Error)
	}
	return fmt.Errorf("the admin listener at %s answers %s with %d: attempts are served only on a loopback address or "+
		"a Unix socket, by a gateway of this version or newer", c.at, path, resp.StatusCode)
}
