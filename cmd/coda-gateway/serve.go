package main

import (
	"context"
	"errors"
	"io/fs"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/bestviable/coda-gateway/cmd/internal/build"
	"github.com/bestviable/coda-gateway/gateway"
)

func (a *app) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Run the gateway",
		Long: `Run the gateway until SIGTERM or Ctrl-C; calls that are running then may end within shutdown_grace. The identity
providers need not be up at the start: /readyz on the admin listener tells when their keys have been fetched.

The log goes to standard error: JSON, or readable lines on a terminal (log.format).`,
		Example: `  coda-gateway serve --config gateway.yaml
  CODA_GATEWAY_CONFIG=/etc/coda-gateway/gateway.yaml coda-gateway serve`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serve(cmd.Context()) },
	}
}

func (a *app) serve(ctx context.Context) error {
	cfg, warnings, err := a.loadConfig()
	if err != nil {
		return err
	}
	log := newLogger(a.stderr, a.env, cfg.Log)
	for _, w := range warnings {
		log.Warn().Str("file", w.File).Int("line", w.Line).Int("column", w.Column).Str("key", w.Path).Msg(w.Message)
	}
	gateway.UseMemory(cfg.Runtime.GCPercent, cfg.Runtime.MemoryLimit)
	version := readBuild().Version
	builder := &build.Builder{Log: log, Agent: "coda-gateway/" + version, Version: version}
	first, err := builder.Site(cfg)
	if err != nil {
		return err
	}
	log.Info().Str("version", version).Str("commit", readBuild().Commit).Str("go", readBuild().Go).Msg("starting")
	if err := build.Server(cfg, first, log).Run(ctx); err != nil {
		// One line in the log's own form: whoever collects the log must find the end in it.
		log.Error().Err(err).Str("cure", cure(err)).Msg("the gateway has ended")
		return reported{err}
	}
	return nil
}

// cure says what to do about an error of the operating system that stops the gateway.
func cure(err error) string {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return "another process has this address, perhaps another gateway: stop that one, or change listen or admin.listen"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "this machine does not have that address: use 127.0.0.1 behind a proxy, 0.0.0.0 without one"
	case errors.Is(err, fs.ErrPermission):
		return "this user may not do that: ports below 1024 want a privilege (use a higher one behind a proxy), and socket and certificate files must be accessible"
	case errors.Is(err, fs.ErrNotExist):
		return "create the file or the directory, or correct its path in the configuration"
	case errors.Is(err, fs.ErrExist):
		return "remove what is at that path, if nobody needs it, or choose another path for the socket"
	default:
		return "run coda-gateway check with this configuration, and look at the lines above"
	}
}
