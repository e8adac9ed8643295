package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Each command line of coda-gateway that a page shows, in a block or between backticks, names a command that exists,
// with flags that it has.
func TestPagesNameCommands(t *testing.T) {
	t.Parallel()
	inText := regexp.MustCompile("`coda-gateway +([a-z][^`#|<\n]*)")
	inBlock := regexp.MustCompile(`(?m)(?:^[ \t]*|\| |&& )(?:\./)?coda-gateway(?:-new)? +([a-z][^#|<\n]*)`)
	found := 0
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := entry.Name(); entry.IsDir() && (name == "node_modules" || name == ".git" || name == "testdata") {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".md" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var lines [][]string
		for i, part := range strings.Split(strings.ReplaceAll(string(text), "\\\n", " "), "```") {
			lines = append(lines, []*regexp.Regexp{inText, inBlock}[i%2].FindAllStringSubmatch(part, -1)...)
		}
		for _, line := range lines {
			found++
			args := strings.Fields(strings.NewReplacer("[", "", "]", "", `"`, "", "'", "").Replace(line[1]))
			if wrong := wrongCommand(args); wrong != "" {
				t.Errorf("%s: coda-gateway %s: %s", path, strings.TrimSpace(line[1]), wrong)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < 60 {
		t.Errorf("only %d commands found", found)
	}
}

// wrongCommand says what is wrong with a command line.
func wrongCommand(args []string) string {
	a := &app{}
	cmd, rest, err := a.root().Find(args)
	if err != nil {
		return err.Error()
	}
	if !cmd.HasParent() {
		return "no such command"
	}
	for _, arg := range rest {
		if arg == "coda-gateway" {
			return "two commands in one line"
		}
		name, ok := strings.CutPrefix(arg, "--")
		name, _, _ = strings.Cut(strings.TrimRight(name, ".,;:"), "=")
		if ok && name != "" && name != "help" && cmd.Flag(name) == nil {
			return "no flag --" + name
		}
	}
	return ""
}

func TestWrongCommand(t *testing.T) {
	t.Parallel()
	for line, wrong := range map[string]bool{
		"check --config gateway.yaml --online": false, "changes take-back ID --yes": false, "chekc": true,
		"check --onlin": true, "people remove --nobody x": true, "check coda-gateway token": true,
	} {
		if got := wrongCommand(slices.Collect(strings.FieldsSeq(line))); (got != "") != wrong {
			t.Errorf("%s: %q", line, got)
		}
	}
}
