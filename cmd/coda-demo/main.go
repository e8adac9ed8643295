// Command coda-demo shows coda-gateway at work on one machine, with nothing to install: an OpenID Connect provider
// with three people, a simulated Coda workspace, and the real gateway between them and any MCP client.
//
// It listens on loopback addresses only, asks nobody for a password, keeps everything in memory and writes nothing to
// disk.
package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	os.Exit(realMain())
}

// realMain exists so that the deferred call runs before the exit.
func realMain() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	// The OpenID Connect library logs to slog's default, with the client's state in it. The provider logs for itself.
	slog.SetDefault(slog.New(slog.DiscardHandler))
	return run(ctx, os.Args[1:], os.Stdout, os.Stderr, os.LookupEnv)
}
