package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/provider"
)

// answers are what a configuration is made of.
type answers struct {
	publicURL, provider, issuer string
	// audience and prefix are empty where the provider needs none.
	audience, prefix string
	// writers and readers are lists with commas, at providers whose tokens carry no scopes.
	writers, readers string
	// token is the reference that goes into the file; tokenFile and tokenEnv are how flags name the place.
	token, tokenFile, tokenEnv string
	codaURL                    string
}

// yaml is the file. What is not known yet has a value that is good anywhere, so that the others can be looked at.
func (a answers) yaml(p *provider.Provider) string {
	if p == nil {
		p = &provider.Provider{}
	}
	var b strings.Builder
	line := func(format string, values ...any) { fmt.Fprintf(&b, format+"\n", values...) }
	line("# yaml-language-server: $schema=gateway.schema.json")
	line("# Written by coda-gateway init. 'coda-gateway schema > gateway.schema.json' lets editors complete and check it.")
	line("public_url: %s # what people type into their MCP client", scalar(or(a.publicURL, "https://mcp.example.com/mcp")))
	line("issuers:")
	issuer := or(a.issuer, "https://id.example.com")
	line("  - url: %s # the iss of tokens, byte for byte", scalar(issuer))
	if a.provider != "" {
		line("    provider: %s", a.provider)
	}
	if p.SignInAt != nil && p.SignInAt(issuer) != "" {
		line("    sign_in: %s", scalar(p.SignInAt(issuer)))
	}
	if p.Elsewhere != "" {
		line("    sign_in: none # clients are not sent there to sign in")
	}
	if a.audience != "" {
		line("    audiences: [%s]", scalar(a.audience))
	}
	if a.prefix != "" {
		line("    scope_prefix: %s", scalar(a.prefix))
	}
	if p.GrantBy != "" {
		line("scopes: {supported: []} # tokens carry none there")
		line("access:")
		line("  - {when: {%s: [%s]}, allow: [read, write, destructive, effects]}", p.GrantBy,
			quotedList(or(a.writers, "nobody")))
		if a.readers != "" {
			line("  - {when: {%s: [%s]}, allow: [read]}", p.GrantBy, quotedList(a.readers))
		}
	}
	line("coda:")
	if a.codaURL != "" {
		line("  base_url: %s", scalar(a.codaURL))
	}
	if a.token != "" {
		line("  token: %s # where the API token is", scalar(a.token))
	}
	return b.String()
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// plain needs no quotes in YAML, also inside brackets.
var plain = regexp.MustCompile(`^[A-Za-z/$][A-Za-z0-9/._${}~@+:-]*[A-Za-z0-9/}]$`)

// scalar writes a value so that YAML takes it for that text.
func scalar(s string) string {
	if plain.MatchString(s) && !strings.HasSuffix(s, ":") && (strings.Contains(s, "/") || strings.HasPrefix(s, "$")) {
		return s
	}
	return strconv.Quote(s)
}

func quotedList(commas string) string {
	var out []string
	for s := range strings.SplitSeq(commas, ",") {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, strconv.Quote(s))
		}
	}
	return strings.Join(out, ", ")
}

// mustBeNew refuses to touch what is there.
func mustBeNew(path string) error {
	switch _, err := os.Lstat(path); {
	case err == nil:
		return fmt.Errorf("%s already exists; use --force to overwrite it, --out to name another file, or --stdout to "+
			"print", path)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	default:
		return err
	}
}

// writeNew writes the whole file or nothing. It holds no secret, so that the service's own account can read it.
func writeNew(path, text string, force bool) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".gateway-*.yaml")
	if err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()) //nolint:gosec // it is to be read by others
	if err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	if !force { // a link fails where something has come to be meanwhile; not every file system has links
		if err := os.Link(f.Name(), path); err == nil || errors.Is(err, fs.ErrExist) {
			if err != nil {
				return mustBeNew(path)
			}
			return nil
		}
		if err := mustBeNew(path); err != nil {
			return err
		}
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	return nil
}
