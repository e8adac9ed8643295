package pages

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/cmd/internal/build"
	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/provider"
)

var update = flag.Bool("update", false, "write the parts of the pages anew")

const deploy = "../../../deploy/"

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// same holds a file to what it should be, or writes it.
func same(t *testing.T, name, want string) {
	t.Helper()
	if read(t, name) == want {
		return
	}
	if !*update {
		t.Errorf("%s is not current; write it anew with -update", name)
		return
	}
	if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Every provider has a page, the index names it, and what it takes from the preset is as the preset says. With -update
// a page that is missing is begun, and so is its line. This test is not parallel: another one writes the index, too.
func TestPages(t *testing.T) {
	if !strings.Contains(read(t, deploy+"README.md"), otherProvider) {
		t.Fatalf("deploy/README.md has no line %q, above which those of new providers go", otherProvider)
	}
	for _, p := range provider.All()[1:] {
		name := deploy + p.Name + "/README.md"
		if _, err := os.Stat(name); *update && errors.Is(err, fs.ErrNotExist) {
			beginPage(t, p)
		}
		page := read(t, name)
		if !strings.Contains(read(t, deploy+"README.md"), "("+p.Name+"/README.md)") {
			t.Errorf("deploy/README.md does not name %s", p.Name)
		}
		if p.Refused != "" {
			continue
		}
		filled, err := Fill(page, p)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, part := range []string{"console", "tokens", "cures"} {
			if !strings.Contains(page, "<!-- end of "+part+" -->") {
				t.Errorf("%s has no part %s", name, part)
			}
		}
		same(t, name, filled)
	}
}

// otherProvider begins the last line of the index.
const otherProvider = "\n| any other provider |"

// beginPage writes what every page has; the issuer is the stand-in's.
func beginPage(t *testing.T, p *provider.Provider) {
	t.Helper()
	all := standins()
	i := slices.IndexFunc(all, func(s *standin) bool { return s.page == p.Name })
	if i < 0 {
		t.Fatalf("%s has no stand-in, whose URL its page would name", p.Name)
	}
	issuer, _ := all[i].claims["iss"].(string)
	text := "# " + p.Title + "\n\n" +
		"Not run against the live service: what this page says about the console comes from the vendor's documentation.\n\n" +
		"## The gateway\n\n```yaml\npublic_url: " + PublicURL + "\nissuers:\n  - url: " + issuer + "\n" +
		"    provider: " + p.Name + "\ncoda:\n  token: ${file:/run/secrets/coda-token}\n```\n"
	for _, part := range []struct{ heading, name string }{
		{"What to set", "console"}, {"What its tokens are like", "tokens"}, {"When a token is refused", "cures"},
	} {
		text += "\n## " + part.heading + "\n\n" + fmt.Sprintf(begin, part.name) + fmt.Sprintf(end, part.name) + "\n"
	}
	if err := os.MkdirAll(deploy+p.Name, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(deploy+p.Name+"/README.md", []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	line := "\n| " + p.Title + " | [" + p.Name + "](" + p.Name + "/README.md) |"
	index := read(t, deploy+"README.md")
	same(t, deploy+"README.md", strings.Replace(index, otherProvider, line+otherProvider, 1))
}

// secrets are what the pages' files name.
func secrets(path string) ([]byte, os.FileMode, error) {
	if strings.HasPrefix(path, "/run/secrets/") {
		return []byte("a-secret-of-thirty-two-bytes-or-more"), 0o600, nil
	}
	return nil, 0, os.ErrNotExist
}

// Every whole file that a page shows is one without a problem and without a warning.
func TestYAML(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob(deploy + "*/README.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range names {
		for i, block := range Blocks(read(t, name)) {
			found++
			opts := build.ConfigOptions(func(string) (string, bool) { return "", false })
			opts.ReadFile = secrets
			_, warnings, err := config.Parse(name, []byte(block), opts)
			if err != nil {
				t.Errorf("%s, file %d: %v", name, i+1, err)
			}
			for _, w := range warnings {
				t.Errorf("%s, file %d warns: %s: %s", name, i+1, w.Path, w.Message)
			}
		}
	}
	if found < len(provider.Names())-1 {
		t.Errorf("%d files in %d pages", found, len(names))
	}
}

func TestFillNeedsAnEnd(t *testing.T) {
	t.Parallel()
	open := fmt.Sprintf(begin, "console")
	if _, err := Fill(open, &provider.Provider{}); err == nil {
		t.Error("a part without an end was filled")
	}
}

// The page about accounts names the presets whose addresses count as verified.
func TestPageNamesWhoVerifiesAddresses(t *testing.T) {
	t.Parallel()
	var names []string
	for _, p := range provider.All() {
		if p.VerifiesEmail {
			names = append(names, "`"+p.Name+"`")
		}
	}
	slices.Sort(names)
	want := "<!-- verified -->These do: " + strings.Join(names, ", ") + ".<!-- end -->"
	if !strings.Contains(read(t, deploy+"accounts/README.md"), want) {
		t.Errorf("deploy/accounts/README.md does not say %s", want)
	}
}
