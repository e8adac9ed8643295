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
	_, vulnerabilities, _ := strings.Cut(string(text), "\n## Known vulnerabilities")
	vulnerabilities, _, _ = strings.Cut(vulnerabilities, "\nWhat cannot exist here")
	shown := 0
	for _, line := range strings.Split(vulnerabilities, "\n") {
		if named.MatchString(line) {
			shown++
		} else if strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "| Vulnerability |") {
			t.Errorf("no test is named for %s", line)
		}
	}
	if shown < 25 {
		t.Errorf("%d vulnerabilities have a test, want at least 25", shown)
	}
	for _, m := range named.FindAllStringSubmatch(string(text), -1) {
		if !exists(t, m[1], m[2]) {
			t.Errorf("gateway/THREATS.md names %q, which is not there", m[1]+" "+m[2])
		}
	}
}

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
