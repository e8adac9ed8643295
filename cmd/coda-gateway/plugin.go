package main

import (
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// The skill names tools; a test holds it against the catalogue.
//
//go:embed plugin_skill.md
var pluginSkill string

const pluginReadme = `# %s

%s

It connects Claude to %s. The first time, Claude asks you to sign in; use your work account. Your company's
administrators decide what you may read and change. The tool coda_history lists everything that you have had Claude
change, and coda_undo takes it back, as far as Coda can.

Something does not work? Tell the people who run %s what you see and when it happened.
`

// plugin is a private Claude plugin for one gateway, and the links that do the same for editors.
type plugin struct {
	Name      string   `json:"name"`
	URL       string   `json:"url"`
	Directory string   `json:"directory"`
	Files     []string `json:"files"`
	VSCode    string   `json:"vscode"`
	Cursor    string   `json:"cursor"`
	title     string
	owner     string
}

// pluginName is the form that Claude takes for names: lower-case words with hyphens.
var pluginName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func (a *app) pluginCommand() *cobra.Command {
	var flags struct {
		name        string
		force, json bool
	}
	cmd := &cobra.Command{
		Use:   "plugin [DIRECTORY]",
		Short: "Write a Claude plugin for your people, and one-click links for VS Code and Cursor",
		Long: `Write a private Claude plugin that connects to this gateway. An organisation can hand it out instead of asking each person
to paste a URL. DIRECTORY (default: coda-plugin) becomes a plugin, and a marketplace with just this plugin:

  .claude-plugin/plugin.json        what it is
  .claude-plugin/marketplace.json   lets "claude plugin marketplace add" find it
  .mcp.json                         the gateway's public_url
  README.md                         a note for the people who get it
  skills/working-in-coda/SKILL.md   how to work in Coda with these tools; change it as you like

Nothing in it is secret: people still sign in with your identity provider. Links for VS Code and Cursor are printed.`,
		Example: `  coda-gateway plugin --config gateway.yaml
  coda-gateway plugin --config gateway.yaml --name company-coda ./company-coda
  claude --plugin-dir coda-plugin`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError{fmt.Errorf("unexpected argument %q; name one directory", args[1])}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if !pluginName.MatchString(flags.name) || len(flags.name) > 64 {
				return usageError{fmt.Errorf("--name %q: use lower-case letters, digits and single hyphens, such as "+
					"company-coda", flags.name)}
			}
			cfg, _, err := a.loadConfig()
			if err != nil {
				return err
			}
			p := newPlugin(flags.name, cfg.PublicURL.Raw, cfg.Resource.Name)
			p.Directory = append(args, "coda-plugin")[0]
			if err := p.write(flags.force); err != nil {
				return err
			}
			if flags.json {
				return a.printJSON(p)
			}
			return p.tell(a)
		},
	}
	f := cmd.Flags()
	f.StringVar(&flags.name, "name", "coda", "the `NAME` of the plugin and of the server in it")
	f.BoolVar(&flags.force, "force", false, "overwrite the files in an existing directory")
	f.BoolVar(&flags.json, "json", false, "print the files and links as JSON")
	return cmd
}

func newPlugin(name, publicURL, title string) *plugin {
	p := &plugin{Name: name, URL: publicURL, title: title, owner: "coda-gateway"}
	if u, err := url.Parse(publicURL); err == nil {
		p.owner = u.Hostname()
	}
	// https://code.visualstudio.com/api/extension-guides/ai/mcp and https://cursor.com/docs/mcp/install-links
	inCode, _ := json.Marshal(map[string]string{"name": name, "type": "http", "url": publicURL})
	p.VSCode = "vscode:mcp/install?" + strings.ReplaceAll(url.QueryEscape(string(inCode)), "+", "%20")
	inCursor, _ := json.Marshal(map[string]string{"url": publicURL})
	p.Cursor = "cursor://anysphere.cursor-deeplink/mcp/install?name=" + name + "&config=" +
		url.QueryEscape(base64.StdEncoding.EncodeToString(inCursor))
	return p
}

// contents are the files of the plugin by their path in it.
func (p *plugin) contents() map[string]any {
	about := "Work in " + p.title + " through " + p.owner + ": find docs, read pages, query and change tables."
	return map[string]any{
		".claude-plugin/plugin.json": map[string]any{
			"name": p.Name, "version": "1.0.0", "description": about, "author": map[string]string{"name": p.owner},
		},
		".claude-plugin/marketplace.json": map[string]any{
			"name": p.Name, "owner": map[string]string{"name": p.owner},
			"metadata": map[string]string{"description": "The Coda plugin of " + p.owner},
			"plugins":  []map[string]string{{"name": p.Name, "source": "./", "description": about}},
		},
		".mcp.json": map[string]any{
			"mcpServers": map[string]any{p.Name: map[string]string{"type": "http", "url": p.URL}},
		},
		"README.md":                       fmt.Sprintf(pluginReadme, p.title, about, p.URL, p.owner),
		"skills/working-in-coda/SKILL.md": pluginSkill,
	}
}

// write makes the directory whole or, where something stands in the way, leaves it as it was.
func (p *plugin) write(force bool) error {
	entries, err := os.ReadDir(p.Directory)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	case len(entries) > 0 && !force:
		return fmt.Errorf("%s is not empty; name another directory, or use --force to overwrite the plugin's files",
			p.Directory)
	}
	files := p.contents()
	for path := range files {
		p.Files = append(p.Files, path)
	}
	slices.Sort(p.Files)
	for _, path := range p.Files {
		text, ok := files[path].(string)
		if !ok {
			b, err := json.MarshalIndent(files[path], "", "  ")
			if err != nil {
				return err
			}
			text = string(b) + "\n"
		}
		full := filepath.Join(p.Directory, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil { //nolint:gosec // it is for everybody to read
			return err
		}
	}
	return nil
}

// tell prints what there is and what to do with it.
func (p *plugin) tell(a *app) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s holds the plugin %q for %s:\n", p.Directory, p.Name, p.URL)
	for _, path := range p.Files {
		fmt.Fprintf(&b, "  %s\n", path)
	}
	fmt.Fprintf(&b, `
Try it in Claude Code:
  claude --plugin-dir %[1]s

Hand it out in Claude Code: put the directory into a Git repository of your own, and have people run
  claude plugin marketplace add OWNER/REPOSITORY
  claude plugin install %[2]s@%[2]s

Hand it out in Claude (Team, Enterprise): an owner adds the repository, or a zip file of the directory, as a plugin in the
organisation's settings, and may make it required.

VS Code, one click:
  %[3]s

Cursor, one click:
  %[4]s
`, p.Directory, p.Name, p.VSCode, p.Cursor)
	_, err := fmt.Fprint(a.stdout, b.String())
	return err
}
