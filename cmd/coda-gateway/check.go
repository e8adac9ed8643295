package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/bestviable/coda-gateway/cmd/internal/build"
	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/handshake/walk"
)

// onlineTimeout bounds what one issuer may take: three documents and a key set.
const onlineTimeout = 45 * time.Second

// checkFlags say how to check.
type checkFlags struct {
	online, asJSON, strict, quiet bool
	// register: registers clients at the providers, and deletes them again.
	register bool
	// against is an older configuration to compare with; empty = none.
	against string
}

func (a *app) checkCommand() *cobra.Command {
	var flags checkFlags
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check the configuration and print what is in effect",
		Long: `Check the whole configuration file, resolve its secrets, and print the configuration in effect, with defaults and
provider presets filled in and secrets shown as ***. Problems and warnings go to standard error, one per line, as
file:line:column: key: message, followed by a summary of what the file allows people to do.

--online also fetches every issuer's discovery document and keys, as serve would; checks what MCP clients need from the
issuer and from the public URL (if that answers), as doctor does; asks Coda which account each Coda token belongs to (in
a directory: the first 20 files); and tries limits.store. Nobody has to sign in.

--register (with --online) also registers each MCP client at each provider with the client's own request, looks at the
sign-in page, and deletes the client again. It names what it could not delete.

--strict makes warnings fail too. --against OLD.yaml prints which rights change from that file to this one.`,
		Example: `  coda-gateway check --config gateway.yaml
  coda-gateway check --config gateway.yaml --online --strict
  coda-gateway check --config gateway.yaml --against gateway.yaml.old
  coda-gateway check --config gateway.yaml --json | jq .problems`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if flags.register && !flags.online {
				return usageError{errors.New("--register needs --online; give both")}
			}
			if flags.asJSON {
				return a.checkJSON(cmd.Context(), flags)
			}
			return a.check(cmd.Context(), flags)
		},
	}
	cmd.Flags().BoolVar(&flags.online, "online", false, "also fetch each issuer's discovery document and keys, and "+
		"test the Coda credentials")
	cmd.Flags().BoolVar(&flags.register, "register", false, "with --online: register the MCP clients at each provider, "+
		"look at their sign-in pages, and delete them again")
	cmd.Flags().BoolVar(&flags.asJSON, "json", false, "print one JSON object: ok, problems, warnings, meaning, "+
		"changes, config, issuers, public_url, coda, credentials, limits_store")
	cmd.Flags().BoolVar(&flags.strict, "strict", false, "treat warnings as failures (exit 1)")
	cmd.Flags().BoolVarP(&flags.quiet, "quiet", "q", false, "do not print the configuration in effect")
	cmd.Flags().StringVar(&flags.against, "against", "", "print which rights change since this older configuration `FILE`")
	return cmd
}

func (a *app) check(ctx context.Context, flags checkFlags) error {
	cfg, warnings, err := a.loadConfig()
	if err != nil {
		return err
	}
	warnings = append(warnings, places(a.checkedFile(), cfg)...)
	said := map[string]string{}
	for _, w := range warnings {
		if first := said[w.Message]; first != "" {
			w.Message = "the same as for " + first
		} else {
			said[w.Message] = w.Path
		}
		fmt.Fprintf(a.stderr, "%s\n", warningLine(w))
	}
	if !flags.quiet {
		if err := cfg.WriteYAML(a.stdout); err != nil {
			return err
		}
	}
	policy, err := access.Compile(cfg.Access)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "What it means: %s\n", meaning(cfg, policy))
	if flags.against != "" {
		if err := a.compare(flags.against, cfg); err != nil {
			return err
		}
	}
	found := len(warnings)
	if flags.online {
		more, err := a.checkOnline(ctx, cfg, flags)
		if err != nil {
			return err
		}
		found += more
		fmt.Fprintf(a.stderr, "The configuration is fine (%s), and so is every issuer.\n", count(len(warnings), "warning"))
	} else {
		fmt.Fprintf(a.stderr, "The configuration is fine (%s). Add --online to test the identity providers too.\n"+
			"People type %s into their MCP client.\n", count(len(warnings), "warning"), cfg.PublicURL.Raw)
	}
	if flags.strict && found > 0 {
		fmt.Fprintf(a.stderr, "With --strict this is a failure: %s.\n", count(found, "warning"))
		return errFailed
	}
	return nil
}

// checkOnline asks each issuer, and Coda, and counts what it warns of.
func (a *app) checkOnline(ctx context.Context, cfg *config.Config, flags checkFlags) (warnings int, _ error) {
	failed := 0
	w, err := a.checkWalk(cfg, flags)
	if err != nil {
		return 0, err
	}
	for i, issuer := range cfg.Issuers {
		fmt.Fprintf(a.stderr, "Asking %s (%d of %d) …\n", issuer.URL, i+1, len(cfg.Issuers))
		v := probe(ctx, cfg, issuer, w)
		v.print(a.stdout)
		if !v.OK {
			failed++
		}
		for _, s := range v.Steps {
			if s.Level == levelWarning {
				warnings++
			}
		}
	}
	public := probePublic(ctx, w)
	printProbed(a.stdout, "public URL "+cfg.PublicURL.Raw, public)
	for _, p := range public {
		if p.Level == levelWarning {
			warnings++
		}
	}
	credentials := probeCoda(ctx, cfg)
	printProbed(a.stdout, "Coda at "+cfg.Coda.BaseURL, credentials)
	if store := probeLimits(ctx, cfg); len(store) > 0 {
		printProbed(a.stdout, "what replicas count together, at "+cfg.Limits.Store.Host, store)
		for _, p := range store {
			if p.Level == levelWarning {
				warnings++
			}
		}
	}
	if failed > 0 {
		fmt.Fprintf(a.stderr, "The configuration is fine, but %s of %d cannot be used as it is; see above for what to do.\n",
			count(failed, "issuer"), len(cfg.Issuers))
		return warnings, errFailed
	}
	if account := worst(credentials); account != nil && account.Level == levelFailed {
		fmt.Fprintf(a.stderr, "The configuration is fine, but %s: %s. -> %s\n", account.Name, account.Text, account.Cure)
		return warnings, errFailed
	}
	return warnings, nil
}

// checkWalk is how the doctor walks from here.
func (a *app) checkWalk(cfg *config.Config, flags checkFlags) (walk.Config, error) {
	path, err := a.configPath()
	if err != nil {
		return walk.Config{}, err
	}
	w, err := walkConfig(cfg, path)
	w.Register = flags.register
	return w, err
}

// compare prints which rights change from an older configuration.
func (a *app) compare(older string, cfg *config.Config) error {
	before, _, err := config.Load(older, build.ConfigOptions(a.env))
	if err != nil {
		return fmt.Errorf("the configuration to compare with: %w", err)
	}
	lines, err := changes(before, cfg)
	if err != nil {
		return err
	}
	if len(lines) == 0 {
		fmt.Fprintf(a.stderr, "No rights change compared with %s.\n", older)
		return nil
	}
	fmt.Fprintf(a.stderr, "Rights that change compared with %s:\n", older)
	for _, l := range lines {
		fmt.Fprintf(a.stderr, "  %s\n", l)
	}
	return nil
}

// finding is a problem or a warning in JSON.
type finding struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Path    string `json:"path"`
	Message string `json:"message"`
}

// checked is the whole result in JSON.
type checked struct {
	OK       bool           `json:"ok"`
	Problems []finding      `json:"problems"`
	Warnings []finding      `json:"warnings"`
	Config   *config.Config `json:"config,omitempty"`
	Meaning  string         `json:"meaning,omitempty"`
	Changes  []string       `json:"changes,omitempty"`
	Issuers  []verdict      `json:"issuers,omitempty"`
	// Public is what clients meet at the public URL.
	Public []probed `json:"public_url,omitempty"`
	// Coda is the worst of Credentials.
	Coda        *probed  `json:"coda,omitempty"`
	Credentials []probed `json:"credentials,omitempty"`
	// Store is what replicas count together in.
	Store []probed `json:"limits_store,omitempty"`
}

func (a *app) checkJSON(ctx context.Context, flags checkFlags) error {
	path, err := a.configPath()
	if err != nil {
		return err
	}
	cfg, warnings, err := config.Load(path, build.ConfigOptions(a.env))
	out := checked{OK: err == nil, Config: cfg, Problems: []finding{}, Warnings: []finding{}}
	if cfg != nil && err == nil {
		warnings = append(warnings, places(path, cfg)...)
	}
	for _, w := range warnings {
		out.Warnings = append(out.Warnings, finding(w))
	}
	if problems, ok := errors.AsType[*config.Problems](err); ok {
		for _, p := range problems.List {
			out.Problems = append(out.Problems, finding(p))
		}
	} else if err != nil {
		out.Problems = append(out.Problems, finding{File: path, Message: err.Error()})
	}
	if cfg != nil {
		if err := out.look(ctx, a, cfg, flags); err != nil {
			return err
		}
	}
	enc := json.NewEncoder(a.stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(out); err != nil {
		return err
	}
	if !out.OK {
		return errFailed
	}
	return nil
}

// look adds what takes a configuration without problems.
func (c *checked) look(ctx context.Context, a *app, cfg *config.Config, flags checkFlags) error {
	policy, err := access.Compile(cfg.Access)
	if err != nil {
		return err
	}
	c.Meaning = meaning(cfg, policy)
	if flags.against != "" {
		before, _, err := config.Load(flags.against, build.ConfigOptions(a.env))
		if err != nil {
			return fmt.Errorf("the configuration to compare with: %w", err)
		}
		if c.Changes, err = changes(before, cfg); err != nil {
			return err
		}
	}
	warned := len(c.Warnings) > 0
	if flags.online {
		w, err := a.checkWalk(cfg, flags)
		if err != nil {
			return err
		}
		isWarning := func(s probed) bool { return s.Level == levelWarning }
		for _, issuer := range cfg.Issuers {
			v := probe(ctx, cfg, issuer, w)
			c.OK = c.OK && v.OK
			c.Issuers = append(c.Issuers, v)
			warned = warned || slices.ContainsFunc(v.Steps, isWarning)
		}
		c.Public = probePublic(ctx, w)
		warned = warned || slices.ContainsFunc(c.Public, isWarning)
		c.Credentials = probeCoda(ctx, cfg)
		c.Coda = worst(c.Credentials)
		c.OK = c.OK && (c.Coda == nil || c.Coda.Level != levelFailed)
		c.Store = probeLimits(ctx, cfg)
		warned = warned || slices.ContainsFunc(c.Store, isWarning)
	}
	c.OK = c.OK && !(flags.strict && warned)
	return nil
}
