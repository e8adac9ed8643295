package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/cmd/internal/pages"
)

// Every whole file that a page of deploy shows passes check --strict as it stands there; the secret alone is put where
// the test may write.
func TestPagesPassCheck(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("../../deploy/*/README.md")
	if err != nil {
		t.Fatal(err)
	}
	dir, found := t.TempDir(), 0
	for name, secret := range map[string]string{"coda-token": demoToken,
		"state-key": strings.Repeat("k", 32), "valkey": "a-password"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(secret), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	none := func(string) (string, bool) { return "", false }
	for _, name := range names {
		page, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, block := range pages.Blocks(string(page)) {
			found++
			file := filepath.Join(dir, fmt.Sprintf("%d.yaml", found))
			block = strings.ReplaceAll(block, "/run/secrets/", dir+"/")
			if err := os.WriteFile(file, []byte(block), 0o600); err != nil {
				t.Fatal(err)
			}
			var out, errs bytes.Buffer
			code := run(context.Background(), []string{"check", "--strict", "--config", file}, os.Stdin, &out, &errs, none)
			if code != exitOK {
				t.Errorf("%s, file %d: exit code %d\n%s", name, i+1, code, errs.String())
			}
		}
	}
	if found < 19 {
		t.Errorf("%d files in %d pages", found, len(names))
	}
}
