// Command coda-gateway is an OAuth 2.1 resource server between MCP clients and Coda.
//
// It checks every bearer token against the keys of an identity provider that already exists, decides what the person
// may do, and serves Coda tools over the Model Context Protocol. It mints no token and shows no login page.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	os.Exit(realMain())
}

// realMain exists so that the deferred call runs before the exit.
func realMain() int {
	// A reader of the log that goes away must not end the process: writing fails then, and readiness tells of it.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the process at once: whoever presses Ctrl-C twice does not want to wait for the drain.
	context.AfterFunc(ctx, stop)
	return run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.LookupEnv)
}
