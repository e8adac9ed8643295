package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// healthTimeout is short: whoever is asked is on this machine.
const healthTimeout = 3 * time.Second

func (a *app) healthCommand() *cobra.Command {
	address := "127.0.0.1:9090"
	cmd := &cobra.Command{
		Use:   "health",
		Short: "Ask a running gateway whether it is ready",
		Long: `Ask the admin listener of a gateway on this machine whether it is ready: exit 0 if it is, 1 if not. This is for container
images, which contain no other program that could ask. The configuration is not read, because a file that is broken at
the moment says nothing about the running gateway.`,
		Example: `  coda-gateway health
  coda-gateway health --admin unix:/run/coda-gateway/admin.sock`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.health(cmd.Context(), address) },
	}
	cmd.Flags().StringVar(&address, "admin", address, "admin.listen of the gateway, `ADDRESS:PORT` or unix:/path")
	return cmd
}

func (a *app) health(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		if path, isUnix := strings.CutPrefix(address, "unix:"); isUnix {
			return d.DialContext(ctx, "unix", path)
		}
		return d.DialContext(ctx, "tcp", address)
	}
	// The address of the request only ends up in its Host header.
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost/readyz", nil)
	if err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		if inner := errors.Unwrap(err); inner != nil {
			err = inner
		}
		return fmt.Errorf("nothing answers at %s: %w; is the gateway running, and is that its admin.listen?", address, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return fmt.Errorf("the answer of %s: %w", address, err)
	}
	fmt.Fprintln(a.stdout, strings.TrimSpace(string(body)))
	if resp.StatusCode != http.StatusOK {
		return reported{fmt.Errorf("it is not ready: %s", resp.Status)}
	}
	return nil
}
