package commandline

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

type mistaken struct{ error }

// try runs a program that has one command, do, with a switch.
func try(args ...string) (out string, err error) {
	root := &cobra.Command{Use: "prog", SilenceUsage: true, SilenceErrors: true}
	do := &cobra.Command{Use: "do", Short: "Do it", RunE: func(*cobra.Command, []string) error { return nil }}
	do.Flags().BoolP("quiet", "q", false, "say nothing")
	do.Flags().String("to", "", "the `FILE` to write")
	root.PersistentFlags().Bool("all", true, "everything")
	root.AddCommand(do)
	var said bytes.Buffer
	root.SetOut(&said)
	root.SetErr(&said)
	Finish(root, func(err error) error { return mistaken{err} })
	root.SetArgs(args)
	err = root.Execute()
	return said.String(), err
}

func TestHelpShowsPlainSwitches(t *testing.T) {
	for _, args := range [][]string{{"do", "--help"}, {"help", "do"}} {
		out, err := try(args...)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{
			"\n  -h, --help      help for do\n", "\n  -q, --quiet     say nothing\n", "\n      --to FILE   the FILE to write\n",
			"\n      --all   everything (default true)\n",
		} {
			if !strings.Contains(out, want) {
				t.Errorf("%v: lacks %q:\n%s", args, want, out)
			}
		}
	}
	if _, err := try("do", "--quiet=false", "--all=false"); err != nil {
		t.Errorf("a switch takes no value any more: %v", err)
	}
}

func TestMistakes(t *testing.T) {
	for args, want := range map[string]string{
		"help nothing":          `there is no command "prog nothing"`,
		"help do nothing":       `there is no command "prog do nothing"`,
		"completion":            "name a shell: bash, fish, powershell or zsh",
		"completion csh":        `there is no completion for "csh"; name bash, fish, powershell or zsh`,
		"completion bash twice": `unexpected argument "twice"`,
		"do --nothing":          "unknown flag: --nothing",
		"do --queit":            "unknown flag: --queit; did you mean --quiet?",
		"do --al=false":         "unknown flag: --al; did you mean --all?",
		"help od":               `there is no command "prog od"; did you mean do?`,
		"do --quiet=maybe":      `invalid argument "maybe" for "-q, --quiet" flag: must be true or false`,
	} {
		out, err := try(strings.Fields(args)...)
		if _, ok := errors.AsType[mistaken](err); !ok || err.Error() != want || out != "" {
			t.Errorf("%s: %v, and said %q; want the mistake %q", args, err, out, want)
		}
	}
	for _, args := range []string{"help", "help do", "help completion bash", "completion zsh", "completion --help"} {
		if out, err := try(strings.Fields(args)...); err != nil || out == "" {
			t.Errorf("%s: %v, and said %q", args, err, out)
		}
	}
}
