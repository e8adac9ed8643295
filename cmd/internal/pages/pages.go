// Package pages holds the pages of identity providers, deploy/<provider>/README.md, to what the program does. Parts of
// a page are written from the provider's preset, so that a page, `check`, `token` and `init` never say two things; its
// YAML is checked as it stands; and the whole way from the challenge to a tool call runs with that YAML against a
// stand-in of the provider under its real host name, with documents and tokens of the real shape.
//
// The stand-ins are not the providers: they show that the gateway understands what is known of them.
package pages

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/provider"
)

// PublicURL is the gateway's in all pages.
const PublicURL = "https://mcp.example.com/mcp"

// Blocks are the YAML blocks of a page that are whole configuration files, in their order.
func Blocks(page string) []string {
	var out []string
	for rest := page; ; {
		_, after, found := strings.Cut(rest, "\n```yaml\n")
		if !found {
			return out
		}
		var block string
		block, rest, _ = strings.Cut(after, "\n```")
		if strings.HasPrefix(block, "public_url:") || strings.Contains(block, "\npublic_url:") {
			out = append(out, block+"\n")
		}
	}
}

// parts are what is written from the preset, by the name that stands in the page.
var parts = map[string]func(*provider.Provider) string{
	"console": Console, "tokens": Tokens, "cures": Cures,
}

const begin, end = "<!-- %s: written by go test ./cmd/internal/pages -update -->\n", "<!-- end of %s -->"

// Fill writes the parts of a page anew that come from the preset. Which of them a page has is the page's choice.
func Fill(page string, p *provider.Provider) (string, error) {
	for name, write := range parts {
		from, to := fmt.Sprintf(begin, name), fmt.Sprintf(end, name)
		before, rest, found := strings.Cut(page, from)
		if !found {
			continue
		}
		_, after, closed := strings.Cut(rest, to)
		if !closed {
			return "", fmt.Errorf("the part %s has no end: write %s below it", name, to)
		}
		page = before + from + "\n" + write(p) + "\n" + to + after
	}
	return page, nil
}

// Console is what to do at the provider, in its order.
func Console(p *provider.Provider) string {
	var b strings.Builder
	for i, step := range p.Console {
		fmt.Fprintf(&b, "%d. %s\n", i+1, prose(strings.ReplaceAll(step, "<public_url>", "`"+PublicURL+"`")))
	}
	return b.String()
}

// Tokens says how access tokens look, what they lack, and whom to believe about addresses.
func Tokens(p *provider.Provider) string {
	q, _ := provider.Find(p.Name) // with what is the same everywhere
	var b strings.Builder
	line := func(what, text string) {
		if text != "" {
			fmt.Fprintf(&b, "- **%s**: %s\n", what, text)
		}
	}
	line("Scopes", or(sentence(q.WithoutScopes), "in "+names(q.Tokens.Scopes)+"."))
	line("Roles", "in "+names(q.Tokens.Roles)+".")
	line("Groups", "in "+names(q.Tokens.Groups)+".")
	line("Client", "in "+names(q.Tokens.ClientID)+".")
	line("Audience", sentence(q.NeedsAudience))
	line("Requested scopes", sentence(q.NeedsPrefix))
	if len(q.AskAlso) > 0 {
		line("Also requested", names(q.AskAlso)+", without which nobody can sign in.")
	}
	line("Missing", sentence(q.Lacks))
	line("E-mail", or(sentence(q.FreeEmail), sentence(q.Email)))
	if q.FreeEmail != "" {
		line("So", "with `emails` or `email_domains` in a grant, write `require_verified_email: true`, or use groups.")
	}
	line("PKCE", sentence(q.NoS256))
	line("Issuer", sentence(q.Wrong))
	line("Sign-in", sentence(q.Elsewhere))
	return b.String()
}

// Cures lists what to do about refused tokens.
func Cures(p *provider.Provider) string {
	var b strings.Builder
	b.WriteString("| Reason | What to do |\n|---|---|\n")
	var said []string
	for _, c := range p.Cures {
		text := strings.ReplaceAll(c.Text, "<public_url>", PublicURL)
		if slices.Contains(said, c.Reason+text) {
			continue
		}
		said = append(said, c.Reason+text)
		fmt.Fprintf(&b, "| `%s` | %s |\n", c.Reason, strings.ReplaceAll(prose(text), "|", `\|`))
	}
	return b.String()
}

func names(list []string) string { return "`" + strings.Join(list, "`, `") + "`" }

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// sentence begins with a capital and ends with a full stop.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	s = prose(s)
	if s[0] >= 'a' && s[0] <= 'z' && !startsWithName(s) {
		s = strings.ToUpper(s[:1]) + s[1:]
	}
	return strings.TrimSuffix(s, ".") + "."
}

// startsWithName tells of a key of the configuration, which keeps its letters.
func startsWithName(s string) bool {
	word, _, _ := strings.Cut(s, " ")
	return strings.Contains(word, "_")
}

// prose keeps angle brackets from being taken for HTML, outside of code.
func prose(s string) string {
	pieces := strings.Split(s, "`")
	for i := 0; i < len(pieces); i += 2 {
		pieces[i] = strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(pieces[i])
	}
	return strings.Join(pieces, "`")
}
