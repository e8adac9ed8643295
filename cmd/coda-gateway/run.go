package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bestviable/coda-gateway/cmd/internal/commandline"
)

// The exit codes, as the help of the program tells them.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// configVariable names the configuration file if --config does not.
const configVariable = "CODA_GATEWAY_CONFIG"

// app is what the commands share: the world outside, and the flags of the root command.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	env            func(name string) (string, bool)

	configFlag string
}

// usageError is a mistake on the command line, told apart by its exit code.
type usageError struct{ error }

// reported is a failure whose explanation has been printed already.
type reported struct{ error }

// errFailed is returned where everything that there is to say has been printed.
var errFailed = reported{errors.New("failed")}

// run is the program without the process. It returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer,
	env func(string) (string, bool)) int {
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr, env: env}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitOK
	}
	if _, said := errors.AsType[reported](err); said {
		return exitFailed
	}
	fmt.Fprintf(stderr, "coda-gateway: %s\n", err)
	if _, usage := errors.AsType[usageError](err); usage {
		fmt.Fprintf(stderr, "Run '%s --help' for usage.\n", cmd.CommandPath())
		return exitUsage
	}
	return exitFailed
}

func (a *app) root() *cobra.Command {
	var version bool
	root := &cobra.Command{
		Use:   "coda-gateway",
		Short: "An MCP gateway to Coda that signs people in with your identity provider",
		Long: `coda-gateway connects MCP clients (Claude, VS Code, ChatGPT …) to Coda. It is an OAuth 2.1 resource
server and nothing more: your identity provider signs people in; the gateway checks their tokens
against the provider's keys, applies the access rules, and serves the Coda tools.

Exit codes: 0 success, 1 something failed, 2 the command line is wrong.`,
		Example: `  coda-gateway init
  coda-gateway check --config gateway.yaml --online
  coda-gateway serve --config gateway.yaml
  pbpaste | coda-gateway token --config gateway.yaml -`,
		SilenceUsage:      true,
		SilenceErrors:     true,
		Args:              a.noCommand,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return noEmptyFlags(cmd) },
		RunE: func(cmd *cobra.Command, _ []string) error {
			if version {
				_, err := fmt.Fprintln(a.stdout, readBuild())
				return err
			}
			cmd.SetOut(a.stderr)
			_ = cmd.Help()
			return usageError{errors.New("name a command")}
		},
	}
	root.SuggestionsMinimumDistance = 2
	// Cobra's own --version needs a template for its text, and templates call methods by name, for which the linker has to
	// keep every method of every type.
	root.Flags().BoolVarP(&version, "version", "v", false, "print the version")
	root.PersistentFlags().StringVarP(&a.configFlag, "config", "c", "", "the configuration `FILE` (default: the "+
		"environment variable "+configVariable+")")
	_ = root.MarkPersistentFlagFilename("config", "yaml", "yml")
	root.AddCommand(a.initCommand(), a.serveCommand(), a.checkCommand(),
		a.tokenCommand(), a.peopleCommand(), a.changesCommand(), a.pluginCommand(), a.schemaCommand(),
		a.versionCommand(), a.healthCommand(), a.manCommand(),
		a.doctorCommand(), a.attemptsCommand())
	for _, c := range root.Commands() {
		if c.Name() != "token" {
			c.ValidArgsFunction = cobra.NoFileCompletions
		}
	}
	commandline.Finish(root, func(err error) error { return usageError{err} })
	return root
}

// noCommand is called where the first argument is no command.
func (a *app) noCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usageError{commandline.WithCommand(fmt.Errorf("there is no command %q", args[0]), cmd, args[0])}
}

// noEmptyFlags refuses a flag whose value is empty, such as --person "$WHO" where WHO is not set: it would count as not
// given, and the command do more than was meant.
func noEmptyFlags(cmd *cobra.Command) (err error) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Value.Type() == "string" && f.Value.String() == "" {
			err = usageError{fmt.Errorf("--%s is empty; give it a value, or leave it out", f.Name)}
		}
	})
	return err
}

// noArguments is for commands that take flags only.
func noArguments(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if ext := filepath.Ext(args[0]); ext == ".yaml" || ext == ".yml" {
		return usageError{fmt.Errorf("unexpected argument %q; to name the configuration write --config %s", args[0], args[0])}
	}
	return usageError{fmt.Errorf("unexpected argument %q; this command takes only flags", args[0])}
}

// configPath is the file to read.
func (a *app) configPath() (string, error) {
	if a.configFlag != "" {
		return a.configFlag, nil
	}
	if path, _ := a.env(configVariable); path != "" {
		return path, nil
	}
	return "", usageError{fmt.Errorf("no configuration: name one with --config gateway.yaml, or in the environment "+
		"variable %s; coda-gateway init writes one", configVariable)}
}

// oneArgument is for commands that take a name, as people type it, at most.
func oneArgument(what string) func(*cobra.Command, []string) error {
	return func(_ *cobra.Command, args []string) error {
		if len(args) < 2 {
			return nil
		}
		return usageError{fmt.Errorf("unexpected argument %q; write %s that has spaces in quotes, as in %s", args[1],
			what, shellWord(strings.Join(args, " ")))}
	}
}
