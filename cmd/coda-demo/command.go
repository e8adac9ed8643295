package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/bestviable/coda-gateway/cmd/internal/commandline"
)

// The exit codes, as the help tells them.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// app is what the commands share of the world outside.
type app struct {
	stdout, stderr io.Writer
	env            func(name string) (string, bool)
}

// usageError is a mistake on the command line, told apart by its exit code.
type usageError struct{ error }

// run is the program without the process. It returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer, env func(string) (string, bool)) int {
	a := &app{stdout: stdout, stderr: stderr, env: env}
	root := a.root()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitOK
	}
	fmt.Fprintf(stderr, "coda-demo: %s\n", err)
	if _, usage := errors.AsType[usageError](err); usage {
		fmt.Fprintf(stderr, "Run '%s --help' for usage.\n", cmd.CommandPath())
		return exitUsage
	}
	return exitFailed
}

func (a *app) root() *cobra.Command {
	o := defaultOptions()
	root := &cobra.Command{
		Use:   "coda-demo",
		Short: "An identity provider, a simulated Coda and the gateway, on this machine",
		Long: `coda-demo runs everything you need to try coda-gateway: an OpenID Connect provider where ada (reads and
writes), bob (reads) and eve (nothing) sign in without a password, a simulated Coda workspace, and the
gateway. Connect any MCP client to the URL that it prints. Ctrl-C ends it.

It listens on loopback addresses only and keeps everything in memory. A default port that is taken is
replaced by a free one; one that you name must be free (port 0 picks any).

To try it with clients that run elsewhere (Claude.ai, ChatGPT), start a tunnel that gives you an https
address and leads to 127.0.0.1:8080, and name that address: --public https://HOST. The identity provider and
the gateway then share it. Anybody who knows it can sign in, but only to a simulated Coda.

With CODA_API_TOKEN set it works on your real Coda account instead of the simulated one.

Exit codes: 0 success, 1 something failed, 2 the command line is wrong.`,
		Example: `  coda-demo
  coda-demo --json --sign-in-as ada          # for scripts: one line of JSON, nobody has to click
  coda-demo --initial-scopes coda:read       # least privilege first, step up later
  cloudflared tunnel --url http://127.0.0.1:8080     # prints https://SOME-WORDS.trycloudflare.com
  coda-demo --public https://SOME-WORDS.trycloudflare.com
  coda-demo token --user ada --scope coda:read`,
		Args:          noArguments,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.note(cmd.Flags())
			if err := o.check(); err != nil {
				return usageError{err}
			}
			return a.demo(cmd.Context(), o)
		},
	}
	o.register(root.Flags())
	root.AddCommand(a.tokenCommand())
	commandline.Finish(root, func(err error) error { return usageError{err} })
	return root
}

// noArguments is for commands that take flags only.
func noArguments(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usageError{fmt.Errorf("unexpected argument %q; this command takes only flags", args[0])}
}
