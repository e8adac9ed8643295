package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// start measures the production binary: how soon it is ready, and its memory.
func start(ctx context.Context, b *bench) error {
	binary := filepath.Join(b.scratch, "coda-gateway")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "./cmd/coda-gateway")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as it is released
	if out, err := build.CombinedOutput(); err != nil {
		b.report.printf("\nstart: skipped, the binary does not build:\n%s", out)
		return nil
	}
	public, admin, err := freePorts()
	if err != nil {
		return err
	}
	file := filepath.Join(b.scratch, "gateway.yaml")
	text := fmt.Sprintf("public_url: %s\nlisten: %s\nadmin: {listen: \"%s\"}\nissuers: [{url: \"%s\"}]\ncoda: {token: "+
		"\"${env:BENCH_CODA_TOKEN}\"}\n"+limits, publicURL, public, admin, b.rs256.URL)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return err
	}
	var ready []time.Duration
	var idle, loaded []float64
	for round := range max(b.rounds, 5) {
		took, memory, err := b.startOnce(ctx, binary, file, public, admin, round == 0)
		if err != nil {
			return err
		}
		ready, idle = append(ready, took), append(idle, memory[0])
		if len(memory) > 1 {
			loaded = append(loaded, memory[1])
		}
	}
	info, err := os.Stat(binary)
	if err != nil {
		return err
	}
	b.report.start(median(ready), median(idle), median(loaded), float64(info.Size())/(1<<20))
	return nil
}

func (b *bench) startOnce(ctx context.Context, binary, file, public, admin string, work bool) (took time.Duration,
	memory []float64, err error) {
	cmd := b.command(binary, "serve", "--config", file)
	cmd.Env = append(cmd.Env, "BENCH_CODA_TOKEN=bench")
	cmd.Stderr = nil
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, nil, err
	}
	defer func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
	}()
	if took, err = untilReady(ctx, "http://"+admin+"/readyz", begin); err != nil {
		return 0, nil, err
	}
	pause(ctx, time.Second)
	memory = append(memory, residentMB(cmd.Process.Pid))
	if !work {
		return took, memory, nil
	}
	everybody := b.people(manyTokens)
	for _, name := range []string{"list-modern", "initialize", "discover", "ping"} {
		l := &load{addr: public, connections: connections, request: methodNamed(name).request(), tokens: everybody}
		if err := l.each(ctx); err != nil {
			return 0, nil, err
		}
		if _, err := l.run(ctx, 2*b.slice); err != nil {
			return 0, nil, err
		}
	}
	return took, append(memory, residentMB(cmd.Process.Pid)), nil
}

// untilReady asks until the answer is 200, and says how long after begin that was.
func untilReady(ctx context.Context, url string, begin time.Time) (time.Duration, error) {
	for time.Since(begin) < 10*time.Second {
		if resp, err := http.Get(url); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return time.Since(begin), nil
			}
		}
		if !pause(ctx, time.Millisecond) {
			return 0, ctx.Err()
		}
	}
	return 0, fmt.Errorf("%s was not ready after 10 s", url)
}

func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// freePorts finds two addresses that nobody listens on.
func freePorts() (a, b string, err error) {
	var addrs [2]string
	for i := range addrs {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return "", "", err
		}
		defer l.Close()
		addrs[i] = l.Addr().String()
	}
	return addrs[0], addrs[1], nil
}
