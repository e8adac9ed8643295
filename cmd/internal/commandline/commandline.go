// Package commandline makes the commands that Cobra brings with it, and the help that it writes, behave as ours do: a
// name that is none is a mistake and no help text, and a switch is written as people write it, --json.
package commandline

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bestviable/coda-gateway/coda/near"
)

// Finish is called once all commands are there. It adds completion and help; mistake marks an error as one of whoever
// wrote the command line.
func Finish(root *cobra.Command, mistake func(error) error) {
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return mistake(withFlag(c, err)) })
	plainSwitches(root)
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			c.Args = func(_ *cobra.Command, args []string) error {
				found, rest, err := root.Find(args)
				if err != nil || len(rest) > 0 {
					name := args[len(args)-1]
					return mistake(WithCommand(fmt.Errorf("there is no command %q", found.CommandPath()+" "+name), found, name))
				}
				return nil
			}
		case "completion":
			c.RunE = func(_ *cobra.Command, args []string) error {
				if len(args) > 0 {
					return mistake(fmt.Errorf("there is no completion for %q; name bash, fish, powershell or zsh", args[0]))
				}
				return mistake(errors.New("name a shell: bash, fish, powershell or zsh"))
			}
			c.Args = cobra.ArbitraryArgs
			for _, shell := range c.Commands() {
				shell.Args = func(_ *cobra.Command, args []string) error {
					if len(args) > 0 {
						return mistake(fmt.Errorf("unexpected argument %q", args[0]))
					}
					return nil
				}
			}
		}
	}
}

// WithCommand adds to a mistake the commands that may have been meant.
func WithCommand(err error, parent *cobra.Command, name string) error {
	if meant := parent.SuggestionsFor(name); len(meant) > 0 {
		return fmt.Errorf("%w; did you mean %s?", err, strings.Join(meant, " or "))
	}
	return err
}

// withFlag adds to a mistake the flag that may have been meant.
func withFlag(c *cobra.Command, err error) error {
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return err
	}
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, f.Name)
		}
	})
	if meant := near.Mistyped(unknown.GetSpecifiedName(), names, 1); len(meant) > 0 {
		return fmt.Errorf("%w; did you mean --%s?", err, meant[0])
	}
	return err
}

// plainSwitches has the help show switches without the values that they could have: pflag writes --json[=true|false].
func plainSwitches(root *cobra.Command) {
	help := root.HelpFunc()
	root.SetHelpFunc(func(c *cobra.Command, args []string) {
		for _, set := range []*pflag.FlagSet{c.LocalFlags(), c.InheritedFlags()} {
			set.VisitAll(func(f *pflag.Flag) {
				if f.Value.Type() == "bool" {
					f.Value = toggle{f.Value}
				}
			})
		}
		help(c, args)
	})
}

// toggle is a switch of a type for which pflag shows no value. Nothing is parsed any more once help is written.
type toggle struct{ pflag.Value }

func (toggle) Type() string { return "boolfunc" }

// IsBoolFlag tells that no value needs to be given.
func (toggle) IsBoolFlag() bool { return true }
