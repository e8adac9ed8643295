package quotes

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every test that the list of threats names is there.
func TestThreatsNameTests(t *testing.T) {
	text, err := os.ReadFile("../../../gateway/THREATS.md")
	if err != nil {
		t.Fatal(err)
	}
	_, kinds, _ := strings.Cut(string(text), "\n## Threats by kind")
	kinds, vulnerabilities, _ := strings.Cut(kinds, "\n## Known vulnerabilities")
	vulnerabilities, _, _ = strings.Cut(vulnerabilities, "\nWhat cannot exist here")
	if shown := rows(t, kinds); shown < 25 {
		t.Errorf("%d threats have a test, want at least 25", shown)
	}
	if shown := rows(t, vulnerabilities); shown < 25 {
		t.Errorf("%d vulnerabilities have a test, want at least 25", shown)
	}
	hostile, err := os.ReadFile("../../coda-gateway/testdata/script/hostile-tokens.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, brackets := range bracketed.FindAllString(vulnerabilities, -1) {
		for _, m := range quoted.FindAllStringSubmatch(brackets, -1) {
			if !strings.Contains(string(hostile), "\nhostile "+m[1]+" ") {
				t.Errorf("gateway/THREATS.md names the hostile token %q, which is not there", m[1])
			}
		}
	}
	for _, m := range named.FindAllStringSubmatch(string(text), -1) {
		if !exists(t, m[1], m[2]) {
			t.Errorf("gateway/THREATS.md names %q, which is not there", m[1]+" "+m[2])
		}
	}
}

// rows counts the rows of a table, each of which names a test.
func rows(t *testing.T, table string) (shown int) {
	t.Helper()
	_, table, _ = strings.Cut(table, "|---")
	for line := range strings.Lines(table) {
		if named.MatchString(line) {
			shown++
		} else if strings.HasPrefix(line, "| ") {
			t.Errorf("no test is named for %s", line)
		}
	}
	return shown
}

// bracketed are remarks that name hostile tokens, quoted each of them.
var (
	bracketed = regexp.MustCompile("\\(`[^)]*\\)")
	quoted    = regexp.MustCompile("`([a-z0-9-]+)`")
)

var named = regexp.MustCompile("`([a-z][a-z/]*) ([A-Za-z0-9_-]+)`")

func exists(t *testing.T, place, name string) bool {
	t.Helper()
	if place == "script" {
		_, err := os.Stat("../../coda-gateway/testdata/script/" + name + ".txtar")
		return err == nil
	}
	files, err := filepath.Glob("../../../" + place + "/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(source), "\nfunc "+name+"(") {
			return true
		}
	}
	return false
}
