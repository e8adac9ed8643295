package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// defaultConfig is what serve runs with where the script has no gateway.yaml.
const defaultConfig = `public_url: https://mcp.example.com/mcp
issuers:
  - url: $ISSUER
coda:
  base_url: $CODA
  token: ${env:CODA_TOKEN}
`

// process is a running gateway.
type process struct {
	cmd *exec.Cmd
	// config is the file that it runs with.
	config string
	// out is the reading end of its log.
	out  io.Closer
	done chan struct{} // closed when the process has ended and its log is complete

	mu      sync.Mutex
	grown   chan struct{} // closed and replaced whenever a line arrives
	lines   []string
	exit    int
	stopped bool
	crashed bool // was made to
}

// serve [-early | -unix] [FILE] runs coda-gateway with FILE (default gateway.yaml, or a smallest one) in the
// background, and waits until it is ready, with -early only until it listens. An issuer and a Coda are started where
// the script has not. $NAME in the file is replaced by the script's variables; listen and admin.listen become free
// ports where the file does not say. $ADDR and $ADMIN are then the addresses. With -unix the file has listen:
// unix:$WORK/http.sock, and what is waited for is that socket, not a line of the log. ! serve FILE: it ends by
// itself with a failure; its log is kept.
func serve(w *world, ts *testscript.TestScript, neg bool, args []string) error {
	mode := ""
	if len(args) > 0 && strings.HasPrefix(args[0], "-") {
		mode, args = args[0], args[1:]
	}
	if len(args) > 1 || mode != "" && mode != "-early" && mode != "-unix" {
		return errors.New("usage: serve [-early | -unix] [FILE]")
	}
	if w.process != nil && !w.process.ended() {
		return errors.New("the gateway runs already")
	}
	if ts.Getenv("ISSUER") == "" {
		if err := w.startIssuer(ts, "", nil); err != nil {
			return err
		}
	}
	if ts.Getenv("CODA") == "" {
		if err := w.startCoda(ts); err != nil {
			return err
		}
	}
	path, err := w.configFile(ts, ".serve-", args)
	if err != nil {
		return err
	}
	w.asked.Store(false)
	p, err := w.spawn(ts, "serve", "--config", path)
	if err != nil {
		return err
	}
	w.process = p
	p.config = path
	if neg {
		select {
		case <-p.done:
		case <-time.After(patience):
			return errors.New("the gateway goes on running")
		}
		if p.exit == 0 {
			return errors.New("the gateway ended without a failure")
		}
		return nil
	}
	if mode == "-unix" {
		w.address = "unix:" + filepath.Join(ts.Getenv("WORK"), "http.sock")
		return poll(func() error { return w.send(http.MethodGet, "/", publicHost, http.Header{}, "") })
	}
	line, err := p.await(func(line string) bool { return field(line, "message") == "serving" })
	if err != nil {
		return err
	}
	listen := field(line, "listen")
	ts.Setenv("ADDR", listen)
	w.frontTo.Store(&listen)
	ts.Setenv("ADMIN", field(line, "admin"))
	if w.address = ts.Getenv("ADDR"); strings.HasPrefix(w.address, "/") {
		w.address = "unix:" + w.address
	}
	if mode == "-early" {
		return nil
	}
	return w.awaitReady(ts.Getenv("ADMIN"))
}

func (w *world) configFile(ts *testscript.TestScript, prefix string, args []string) (string, error) {
	name, text := "gateway.yaml", defaultConfig
	if len(args) == 1 {
		name = args[0]
	}
	if b, err := os.ReadFile(ts.MkAbs(name)); err == nil {
		text = string(b)
	} else if len(args) == 1 {
		return "", err
	}
	if !strings.Contains(text, "\nlisten:") {
		text += "listen: 127.0.0.1:0\n"
	}
	if !strings.Contains(text, "\nadmin:") {
		text += "admin: {listen: 127.0.0.1:0}\n"
	}
	if !strings.Contains(text, "\nshutdown_grace:") {
		text += "shutdown_grace: 10s\n"
	}
	path := filepath.Join(ts.Getenv("WORK"), prefix+filepath.Base(name))
	return path, os.WriteFile(path, []byte(expand(ts, text)), 0o600)
}

// reconfigure [-hup] FILE writes FILE over the configuration that the gateway runs with, and with -hup tells it so;
// without, it has to notice.
func reconfigure(w *world, ts *testscript.TestScript, neg bool, args []string) error {
	hup := len(args) == 2 && args[0] == "-hup"
	if hup {
		args = args[1:]
	}
	if neg || len(args) != 1 || w.process == nil {
		return errors.New("usage, after serve: reconfigure [-hup] FILE")
	}
	path, err := w.configFile(ts, ".next-", args)
	if err != nil {
		return err
	}
	if err := os.Rename(path, w.process.config); err != nil {
		return err
	}
	if hup {
		return w.process.cmd.Process.Signal(syscall.SIGHUP)
	}
	return nil
}

// expand replaces $NAME and ${NAME} by the script's variables and leaves ${env:…} and ${file:…} to the gateway, but
// for the $WORK in the latter.
func expand(ts *testscript.TestScript, text string) string {
	return os.Expand(text, func(name string) string {
		if kind, rest, ok := strings.Cut(name, ":"); ok {
			return "${" + kind + ":" + strings.ReplaceAll(rest, "WORK", ts.Getenv("WORK")) + "}"
		}
		return ts.Getenv(name)
	})
}

// expandFile FILE... replaces the script's variables in files.
func expandFile(_ *world, ts *testscript.TestScript, neg bool, args []string) error {
	if neg {
		return errNoNegation
	}
	for _, name := range args {
		if err := os.WriteFile(ts.MkAbs(name), []byte(expand(ts, ts.ReadFile(name))), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) spawn(ts *testscript.TestScript, args ...string) (*process, error) {
	p := &process{done: make(chan struct{}), grown: make(chan struct{})}
	program, err := exec.LookPath("coda-gateway")
	if err != nil {
		return nil, err
	}
	p.cmd = exec.Command(program, args...)
	p.cmd.Dir = ts.Getenv("WORK")
	for _, name := range []string{"PATH", "HOME", "WORK", "CODA_TOKEN", "GOCOVERDIR", "GORACE", "INTROSPECTION_SECRET",
		"CONNECT_SECRET"} {
		if v := ts.Getenv(name); v != "" {
			p.cmd.Env = append(p.cmd.Env, name+"="+v)
		}
	}
	out, err := p.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	p.out = out
	go p.follow(out)
	return p, nil
}

// follow collects the log until the process ends.
func (p *process) follow(out io.Reader) {
	in := bufio.NewScanner(out)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		p.mu.Lock()
		p.lines = append(p.lines, in.Text())
		close(p.grown)
		p.grown = make(chan struct{})
		p.mu.Unlock()
	}
	_ = p.cmd.Wait()
	p.mu.Lock()
	p.exit = p.cmd.ProcessState.ExitCode()
	p.mu.Unlock()
	close(p.done)
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

func (p *process) log() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lines[:len(p.lines):len(p.lines)]
}

// await returns the first line of the log that is meant, waiting for it if need be.
func (p *process) await(meant func(line string) bool) (string, error) {
	end := time.After(patience)
	for seen := 0; ; {
		p.mu.Lock()
		lines, grown := p.lines, p.grown
		p.mu.Unlock()
		for ; seen < len(lines); seen++ {
			if meant(lines[seen]) {
				return lines[seen], nil
			}
		}
		select {
		case <-grown:
		case <-p.done:
			if len(p.log()) == seen {
				return "", fmt.Errorf("the gateway has stopped; its log:\n%s", strings.Join(lines, "\n"))
			}
		case <-end:
			return "", fmt.Errorf("waited %v; the log:\n%s", patience, strings.Join(lines, "\n"))
		}
	}
}

// field is a string field of a JSON log line.
func field(line, name string) string {
	var m map[string]any
	if json.Unmarshal([]byte(line), &m) != nil {
		return ""
	}
	s, _ := m[name].(string)
	return s
}

// awaitReady asks /readyz until it says yes.
func (w *world) awaitReady(admin string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	var c http.Client
	defer c.CloseIdleConnections()
	last := "no answer"
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+admin+"/readyz", nil)
		if err != nil {
			return err
		}
		if res, err := c.Do(req); err == nil {
			b, _ := io.ReadAll(res.Body)
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
			last = fmt.Sprintf("%d %s", res.StatusCode, b)
		}
		select {
		case <-tick.C:
		case <-w.process.done:
			return fmt.Errorf("the gateway has stopped:\n%s", strings.Join(w.process.log(), "\n"))
		case <-ctx.Done():
			return fmt.Errorf("not ready after %v: %s", patience, last)
		}
	}
}

// terminate sends SIGTERM, waits for the end and expects exit code 0. terminate -signal only sends it; terminate
// -kill sends SIGKILL instead.
func terminate(w *world, _ *testscript.TestScript, neg bool, args []string) error {
	if w.process == nil {
		return errors.New("the gateway does not run")
	}
	if len(args) == 1 && args[0] == "-kill" {
		w.process.kill()
		return nil
	}
	if !w.process.stopped {
		if err := w.process.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			return err
		}
		w.process.stopped = true
	}
	if len(args) == 1 && args[0] == "-signal" {
		return nil
	}
	if len(args) > 0 {
		return errors.New("usage: terminate [-signal | -kill]")
	}
	select {
	case <-w.process.done:
	case <-time.After(patience):
		return fmt.Errorf("still running %v after SIGTERM; the log:\n%s", patience, strings.Join(w.process.log(), "\n"))
	}
	if code := w.process.exit; (code == 0) == neg {
		return fmt.Errorf("exit code %d; the log:\n%s", code, strings.Join(w.process.log(), "\n"))
	}
	return w.leaks("the log", []byte(strings.Join(w.process.log(), "\n")))
}

// lose-log closes the pipe that the gateway writes its log to.
func loseLog(w *world, _ *testscript.TestScript, neg bool, args []string) error {
	if neg || len(args) > 0 || w.process == nil {
		return errors.New("usage, after serve: lose-log")
	}
	return w.process.out.Close()
}

// log REGEXP...: a line of the log matches all, now or soon. ! log REGEXP...: no line so far does; a request of its
// own first makes sure that the lines of earlier ones are there.
func logLine(w *world, _ *testscript.TestScript, neg bool, args []string) error {
	if w.process == nil || len(args) == 0 {
		return errors.New("usage: log REGEXP..., after serve")
	}
	var all []*regexp.Regexp
	for _, a := range args {
		re, err := regexp.Compile(a)
		if err != nil {
			return err
		}
		all = append(all, re)
	}
	meant := func(line string) bool {
		for _, re := range all {
			if !re.MatchString(line) {
				return false
			}
		}
		return true
	}
	if !neg {
		_, err := w.process.await(meant)
		return errors.Join(err, w.leaks("the log", []byte(strings.Join(w.process.log(), "\n"))))
	}
	if !w.process.ended() {
		if err := w.flush(); err != nil {
			return err
		}
	}
	for _, line := range w.process.log() {
		if meant(line) {
			return fmt.Errorf("the log says %s", line)
		}
	}
	return nil
}

// logCount N REGEXP: exactly N lines of the log match, now or soon (a call's line may come after its answer).
func logCount(w *world, _ *testscript.TestScript, neg bool, args []string) error {
	if neg || len(args) != 2 || w.process == nil {
		return errors.New("usage, after serve: log-count N REGEXP")
	}
	re, err := regexp.Compile(args[1])
	if err != nil {
		return err
	}
	if err := w.flush(); err != nil {
		return err
	}
	return poll(func() error {
		n, log := 0, w.process.log()
		for _, line := range log {
			if re.MatchString(line) {
				n++
			}
		}
		if got := fmt.Sprint(n); got != args[0] {
			return fmt.Errorf("%s lines match %s, want %s; the log:\n%s", got, re, args[0], strings.Join(log, "\n"))
		}
		return nil
	})
}

// flush makes a request that leaves a line of its own in the log, and waits for that.
func (w *world) flush() error {
	kept, again := w.last, w.again
	path := fmt.Sprintf("/flush-%d", len(w.process.log()))
	if err := w.send(http.MethodGet, path, publicHost, http.Header{}, ""); err != nil {
		return err
	}
	w.last, w.again = kept, again
	_, err := w.process.await(func(line string) bool { return bytes.Contains([]byte(line), []byte(path)) })
	return err
}
