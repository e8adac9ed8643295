package manpage

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// What the help says is on the page as it is said: man takes none of it for a request, an escape or a heading.
func TestPage(t *testing.T) {
	root := &cobra.Command{Use: "prog", Short: "Does things", Long: "First.\n\n.SH is text here, and C:\\x too.",
		Run: func(*cobra.Command, []string) {}}
	child := &cobra.Command{Use: "do [FILE]", Short: "Do it", Long: "'quoted at the start\n\n  indented  as it is",
		Example: "  prog do .x\n  prog do --how fast", Run: func(*cobra.Command, []string) {}}
	child.Flags().StringP("how", "w", "slow", "the `SPEED`")
	child.Flags().Bool("secret", false, "not told")
	_ = child.Flags().MarkHidden("secret")
	child.AddCommand(&cobra.Command{Use: "again", Short: "Do it again", Run: func(*cobra.Command, []string) {}})
	root.AddCommand(child, &cobra.Command{Use: "hidden", Hidden: true, Run: func(*cobra.Command, []string) {}})

	var page bytes.Buffer
	if _, err := (Page{Root: root, Version: "v1", After: []Section{{"See also", "nothing"}}}).WriteTo(&page); err != nil {
		t.Fatal(err)
	}
	got := page.String()
	for _, want := range []string{
		".TH PROG 1 \"\" \"prog v1\"\n", "prog \\- Does things\n", "\nFirst.\n.PP\n\\&.SH is text here, and C:\\ex too.\n",
		".SS \"do [FILE] [flags]\"\n\\&'quoted at the start\n", ".nf\n  indented  as it is\n.fi\n",
		".TP\n\\fB\\-w, \\-\\-how\\fR \\fISPEED\\fR\nthe SPEED (default slow)\n", "  prog do .x\n  prog do --how fast\n",
		".SS \"do again\"\nDo it again.\n", ".SH SEE ALSO\nnothing\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %q", want)
		}
	}
	if strings.Contains(got, "secret") || strings.Contains(got, "hidden") {
		t.Error("tells what is hidden")
	}
	if t.Failed() {
		t.Log(got)
	}
	lint(t, got)
}

// lint has mandoc look at a page.
func lint(t *testing.T, page string) {
	mandoc, err := exec.LookPath("mandoc")
	if err != nil {
		t.Skip("mandoc is not installed, so the form of the page was not looked at: install the package mandoc")
	}
	file := filepath.Join(t.TempDir(), "prog.1")
	if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	said, _ := exec.Command(mandoc, "-Tlint", "-W", "warning", file).CombinedOutput()
	for line := range strings.Lines(string(said)) {
		if !strings.Contains(line, "missing date") { // on purpose
			t.Error(line)
		}
	}
}
