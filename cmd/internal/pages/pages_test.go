package pages

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
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

// Every provider has a page, the index names it, and what it takes from the preset is as the preset says.
func TestPages(t *testing.T) {
	t.Parallel()
	index := read(t, deploy+"README.md")
	for _, p := range provider.All()[1:] {
		name := deploy + p.Name + "/README.md"
		page := read(t, name)
		if !strings.Contains(index, "("+p.Name+"/README.md)") {
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
