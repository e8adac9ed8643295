package walk_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/tools/txtar"

	"github.com/bestviable/coda-gateway/gateway/handshake"
)

var update = flag.Bool("update", false, "write what was found into testdata")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Each world of testdata is walked, and what is found there is what its section "want" says: the findings with their
// steps, and what becomes of each client. What "says" lists stands in the words.
func TestWorlds(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			data, r := exhibit(t, name)
			compare(t, name, data, r)
		})
	}
}

func compare(t *testing.T, name string, data []byte, r *handshake.Report) {
	t.Helper()
	got := brief(r)
	ar := txtar.Parse(data)
	for i := range ar.Files {
		switch f := &ar.Files[i]; f.Name {
		case "want":
			if string(f.Data) == got {
				break
			}
			if !*update {
				t.Errorf("found\n%swant\n%s\n%s", got, f.Data, words(r))
				break
			}
			f.Data = []byte(got)
			if err := os.WriteFile(name, txtar.Format(ar), 0o644); err != nil {
				t.Error(err)
			}
		case "says":
			all := words(r)
			for _, line := range strings.Split(strings.TrimSpace(string(f.Data)), "\n") {
				if !strings.Contains(all, line) {
					t.Errorf("nothing says %q in\n%s", line, all)
				}
			}
		}
	}
}

// brief is a report as the section want has it.
func brief(r *handshake.Report) string {
	var b strings.Builder
	for _, f := range r.Findings() {
		fmt.Fprintf(&b, "%s %s at %s, %s\n", f.Severity, f.Code, f.Step, f.Fault)
	}
	for _, v := range r.Verdicts {
		fmt.Fprintf(&b, "%s: %s\n", v.Client, v.Text)
	}
	return b.String()
}

// words is all that a report says.
func words(r *handshake.Report) string {
	var b strings.Builder
	for _, e := range r.Events {
		fmt.Fprintf(&b, "%s\n  %s\n", e.Request, e.Answer)
		for _, d := range e.Detail {
			fmt.Fprintf(&b, "  %s\n", d)
		}
		fmt.Fprintf(&b, "  => %s\n", e.Concludes)
		for _, f := range e.Findings {
			fmt.Fprintf(&b, "  %s %s: %s\n    %s\n    %s\n", f.Severity, f.Code, f.Text, f.Cure,
				strings.Join(f.Evidence, "\n    "))
		}
	}
	for _, f := range r.Follow {
		fmt.Fprintf(&b, "follows: %s\n", f.Code)
	}
	return b.String()
}
