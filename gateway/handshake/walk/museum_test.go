package walk_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/bestviable/coda-gateway/gateway/handshake"
	"github.com/bestviable/coda-gateway/gateway/handshake/walk"
	"github.com/bestviable/coda-gateway/gateway/handshake/walk/walktest"
)

// The museum holds one world for each way in which servers, proxies and providers have been seen to fail. One thing is
// wrong in each, and exactly that is found: its code, its step, whose fault it is, and who is stopped by it. What
// follows from it is no finding. The lines of "says" stand in the finding's own text and cure, in this order.
func TestMuseum(t *testing.T) {
	t.Parallel()
	files := exhibits(t, "testdata/museum/*.txtar", 60)
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			data, r := exhibit(t, name)
			found := r.Findings()
			if len(found) != 1 {
				t.Errorf("found %d things, want one", len(found))
			}
			want, says := sections(data)
			if got := label(r); got != want {
				t.Errorf("found\n%swant\n%s\n%s", got, want, words(r))
			}
			if len(says) == 0 {
				t.Error("nothing says what the cure must say")
			}
			rest := ""
			for _, f := range found {
				rest += f.Text + " " + f.Cure + "\n"
			}
			for _, line := range says {
				_, after, ok := strings.Cut(rest, line)
				if !ok {
					t.Errorf("nothing says %q in\n%s", line, words(r))
					break
				}
				rest = after
			}
		})
	}
}

// Nothing is wrong with a healthy world, whoever made it.
func TestHealthy(t *testing.T) {
	t.Parallel()
	for _, name := range exhibits(t, "testdata/healthy/*.txtar", 5) {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			_, r := exhibit(t, name)
			if got := label(r); got != "stops: none\n" {
				t.Errorf("found\n%s\n%s", got, words(r))
			}
			if !r.OK {
				t.Error("it is not OK")
			}
		})
	}
}

func exhibits(t *testing.T, pattern string, atLeast int) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) < atLeast {
		t.Fatalf("%d worlds, %v; want at least %d", len(files), err, atLeast)
	}
	return files
}

func exhibit(t *testing.T, name string) ([]byte, *handshake.Report) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	w, err := walktest.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	w.Start(t)
	r, err := walk.Walk(t.Context(), w.Config)
	if err != nil {
		t.Fatal(err)
	}
	return data, r
}

func sections(data []byte) (want string, says []string) {
	for _, f := range txtar.Parse(data).Files {
		switch f.Name {
		case "want":
			want = string(f.Data)
		case "says":
			says = strings.Split(strings.TrimSpace(string(f.Data)), "\n")
		}
	}
	return want, says
}

// label is a report as the museum has it: what is wrong, and who is stopped by it.
func label(r *handshake.Report) string {
	var b strings.Builder
	for _, f := range r.Findings() {
		fmt.Fprintf(&b, "%s %s at %s, %s\n", f.Severity, f.Code, f.Step, f.Fault)
	}
	who := map[handshake.Outcome][]string{}
	for _, v := range r.Verdicts {
		who[v.Outcome] = append(who[v.Outcome], v.Client)
	}
	stops := strings.Join(who[handshake.Stops], " ")
	switch {
	case len(who[handshake.Stops]) == 0:
		stops = "none"
	case len(who[handshake.Stops]) == len(r.Verdicts):
		stops = "all"
	}
	fmt.Fprintf(&b, "stops: %s\n", stops)
	if hidden := who[handshake.Unknown]; len(hidden) > 0 {
		slices.Sort(hidden)
		fmt.Fprintf(&b, "cannot tell: %s\n", strings.Join(hidden, " "))
	}
	return b.String()
}
