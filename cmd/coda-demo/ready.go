package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

const (
	readyTimeout  = 20 * time.Second
	readyInterval = 50 * time.Millisecond
)

// wait returns nil once everything answers, and the context's error where the demo ends before: the gateway's
// readiness includes that it has fetched the provider's keys.
func (u urls) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	client := &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	tick := time.NewTicker(readyInterval)
	defer tick.Stop()
	for {
		err := answers(ctx, client, u.Admin+"/readyz")
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.Canceled) {
				return ctx.Err()
			}
			return fmt.Errorf("the gateway is not ready after %s: %w; run with --log-level debug to see why", readyTimeout, err)
		}
	}
}

func answers(ctx context.Context, client *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, resp.Status)
	}
	return nil
}
