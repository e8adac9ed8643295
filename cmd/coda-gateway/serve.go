package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/bestviable/coda-gateway/cmd/internal/build"
	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway"
)

func (a *app) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Run the gateway",
		Long: `Run the gateway until SIGTERM or Ctrl-C; running calls then have shutdown_grace to finish. The identity providers need
not be up at the start: /readyz on the admin listener shows when their keys have been fetched.

Changes to the configuration file, its secrets and its certificates take effect within seconds, or immediately on
SIGHUP. If the changed file is invalid, the previous configuration stays in force; the log and /readyz say why. SIGUSR1
reopens the file of audit.to by name after it was renamed, and does nothing else.

The log goes to standard error: JSON, or readable lines on a terminal (log.format).`,
		Example: `  coda-gateway serve --config gateway.yaml
  CODA_GATEWAY_CONFIG=/etc/coda-gateway/gateway.yaml coda-gateway serve`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serve(cmd.Context()) },
	}
}

func (a *app) serve(ctx context.Context) error {
	// Registered first: a signal that comes early must not end the process.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, append(reopenSignals(), syscall.SIGHUP)...)
	defer signal.Stop(signals)

	collect := leaveGarbage()
	defer collect()
	path, err := a.configPath()
	if err != nil {
		return err
	}
	reloader := &build.Reloader{Path: path, Options: build.ConfigOptions(a.env), Apply: useProcess}
	cfg, warnings, err := a.read(path, reloader.Load)
	if err != nil {
		return err
	}
	handed, err := handedSockets(a.env)
	if err != nil {
		return err
	}
	if err := checkHanded(handed, cfg); err != nil {
		return err
	}
	out := &logWriter{out: a.stderr}
	log := newLogger(out, a.env, cfg.Log).Level(zerolog.TraceLevel)
	zerolog.SetGlobalLevel(cfg.Log.Level)
	for _, w := range warnings {
		log.Warn().Str("file", w.File).Int("line", w.Line).Int("column", w.Column).Str("key", w.Path).Msg(w.Message)
	}
	version := readBuild().Version
	reloader.Log = log
	reloader.Builder = &build.Builder{
		Log: log, Agent: "coda-gateway/" + version, Version: version, Stdout: a.stdout,
		LogLost: out.ever.Load,
	}
	store, err := reloader.Builder.OpenState(ctx, cfg, true)
	if err != nil {
		return err
	}
	if trouble := store.Trouble(); trouble != "" {
		log.Warn().Str("detail", trouble).Msg("the gateway is starting without its state store")
	}
	defer func() { _ = store.Close() }()
	defer func() { _ = reloader.Builder.CloseAudit() }()
	closeTracing, err := reloader.Builder.OpenTracing(ctx, cfg, a.env)
	if err != nil {
		return err
	}
	defer closeTracing()
	defer reloader.Builder.Close()
	page, closePage := reloader.Builder.NewAdminPage(ctx, func() *gateway.Server { return reloader.Server })
	defer closePage()
	counted := reloader.Builder.NewMetrics(func() *gateway.Server { return reloader.Server })
	attempts, closeJournal := reloader.Builder.NewJournal(ctx, func() *gateway.Server { return reloader.Server })
	defer closeJournal()
	first, err := reloader.Builder.Site(cfg)
	if err != nil {
		return err
	}
	reloader.Server = build.Server(cfg, first, log, func(c *gateway.Config) {
		c.Metrics, c.Page, c.Attempts, c.Handed = counted, page, attempts, handed
		c.Details = map[string]func() string{"log": out.trouble, "coda": reloader.Builder.CodaTrouble,
			"audit":   reloader.Builder.AuditTrouble,
			"state":   store.Trouble,
			"tracing": reloader.Builder.TracingTrouble,
			"limits":  reloader.Builder.LimitsTrouble}
		c.Notify = func(stage gateway.Stage) { notify(a.env, stage) }
	})
	collect()
	useProcess(cfg)
	log.Info().Str("version", version).Str("commit", readBuild().Commit).Str("go", readBuild().Go).Msg("starting")
	if err := runServer(ctx, reloader, signals); err != nil {
		// One line in the log's own form: whoever collects the log must find the end in it.
		log.Error().Err(err).Str("cure", cure(err)).Msg("the gateway has stopped")
		return reported{err}
	}
	return nil
}

// runServer serves, and reloads when asked to and when files change.
func runServer(ctx context.Context, r *build.Reloader, signals <-chan os.Signal) error {
	if err := r.Server.Listen(ctx); err != nil {
		return err
	}
	group, running := errgroup.WithContext(ctx)
	group.Go(func() error { return r.Server.Run(running) })
	group.Go(func() error {
		forgetStart(running, r.Server)
		return nil
	})
	group.Go(func() error {
		r.Watch(running)
		return nil
	})
	group.Go(func() error {
		r.Builder.WatchCoda(running)
		return nil
	})
	group.Go(func() error {
		for {
			select {
			case <-running.Done():
				return nil
			case s := <-signals:
				if s == syscall.SIGHUP {
					r.Reload(true)
				}
				r.Builder.ReopenAudit()
			}
		}
	})
	return group.Wait()
}

// leaveGarbage has nothing collected until the function is called: the start makes a few megabytes of garbage and is
// soon over, and to collect it on the way only makes it longer.
func leaveGarbage() (collect func()) {
	percent := debug.SetGCPercent(-1)
	return sync.OnceFunc(func() {
		if percent >= 0 {
			debug.SetGCPercent(percent)
		}
	})
}

// forgetStart gives back the memory that only the start needed, once people can sign in: it would stay until the heap
// has grown by runtime.gc_percent.
func forgetStart(ctx context.Context, server *gateway.Server) {
	look := time.NewTicker(200 * time.Millisecond)
	defer look.Stop()
	for !server.Site().Ready() {
		select {
		case <-look.C:
		case <-ctx.Done():
			return
		}
	}
	debug.FreeOSMemory()
	releaseStartPages()
}

// useProcess puts in force what a configuration says of the whole process.
func useProcess(cfg *config.Config) {
	gateway.UseMemory(cfg.Runtime.GCPercent, cfg.Runtime.MemoryLimit)
	zerolog.SetGlobalLevel(cfg.Log.Level)
}

// cure says what to do about an error of the operating system that stops the gateway.
func cure(err error) string {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return "another process is using this address, perhaps another gateway: stop it, or change listen or admin.listen"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "this machine does not have that address: use 127.0.0.1 behind a proxy, or 0.0.0.0 without one"
	case errors.Is(err, fs.ErrPermission):
		return "this user may not do that: ports below 1024 need a privilege (use a higher port behind a proxy), and " +
			"socket and certificate files must be accessible"
	case errors.Is(err, fs.ErrNotExist):
		return "create the file or the directory, or correct its path in the configuration"
	case errors.Is(err, fs.ErrExist):
		return "remove the file at that path if nobody needs it, or choose another path for the socket"
	default:
		return "run coda-gateway check with this configuration, and see the lines above"
	}
}
