package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// The scripts of testdata/script run the real program. Beside testscript's own commands they have
//
//	demo FLAG…        start coda-demo --json FLAG…, wait for its line, set $MCP, $ISSUER, $CODA and $ADMIN
//	stop              interrupt it; it must end with 0 within 10 s; its output is in demo.stdout and demo.stderr
//	busy VAR          occupy a loopback port for the rest of the script and put its address into $VAR
//	rpc TOKEN BODY    POST to $MCP with the token in the file TOKEN; status and body go to the file answer
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("NO_COLOR", "1")
			p := &program{env: e}
			e.Values[programKey{}] = p
			e.Defer(p.kill)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"demo": func(ts *testscript.TestScript, _ bool, args []string) { ts.Check(running(ts).start(ts, args)) },
			"stop": func(ts *testscript.TestScript, _ bool, _ []string) { ts.Check(running(ts).stop(ts)) },
			"busy": func(ts *testscript.TestScript, _ bool, args []string) {
				l, err := net.Listen("tcp", "127.0.0.1:0")
				ts.Check(err)
				ts.Defer(func() { _ = l.Close() })
				ts.Setenv(args[0], l.Addr().String())
			},
			"rpc": func(ts *testscript.TestScript, _ bool, args []string) {
				answer, err := rpc(ts.Getenv("MCP"), strings.TrimSpace(ts.ReadFile(args[0])), args[1])
				ts.Check(err)
				ts.Check(os.WriteFile(ts.MkAbs("answer"), answer, 0o600))
			},
		},
	})
}

type programKey struct{}

func running(ts *testscript.TestScript) *program { return ts.Value(programKey{}).(*program) }

// program is a running coda-demo.
type program struct {
	env    *testscript.Env
	cmd    *exec.Cmd
	stdout *bytes.Buffer
	stderr *bytes.Buffer
	rest   chan struct{}
}

func (p *program) start(ts *testscript.TestScript, args []string) error {
	path, err := exec.LookPath("coda-demo")
	if err != nil {
		return err
	}
	p.cmd = exec.Command(path, append([]string{"--json"}, args...)...)
	p.cmd.Env, p.cmd.Dir = p.env.Vars, p.env.WorkDir
	p.stdout, p.stderr, p.rest = new(bytes.Buffer), new(bytes.Buffer), make(chan struct{})
	p.cmd.Stderr = p.stderr
	pipe, err := p.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := p.cmd.Start(); err != nil {
		return err
	}
	out := bufio.NewReader(io.TeeReader(pipe, p.stdout))
	line, err := out.ReadBytes('\n')
	go func() {
		defer close(p.rest)
		_, _ = io.Copy(io.Discard, out)
	}()
	if err != nil {
		<-p.rest
		err = errors.Join(err, p.cmd.Wait())
		ts.Logf("standard error:\n%s", p.stderr)
		p.cmd = nil
		return err
	}
	var u urls
	if err := json.Unmarshal(line, &u); err != nil {
		return err
	}
	for name, value := range map[string]string{"MCP": u.MCP, "ISSUER": u.Issuer, "CODA": u.Coda, "ADMIN": u.Admin} {
		ts.Setenv(name, value)
	}
	return nil
}

func (p *program) stop(ts *testscript.TestScript) error {
	cmd := p.cmd
	p.cmd = nil
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	timer := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	<-p.rest
	err := cmd.Wait()
	return errors.Join(err,
		os.WriteFile(ts.MkAbs("demo.stdout"), p.stdout.Bytes(), 0o600),
		os.WriteFile(ts.MkAbs("demo.stderr"), p.stderr.Bytes(), 0o600))
}

func (p *program) kill() {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Kill()
	<-p.rest
	_ = p.cmd.Wait()
}

func rpc(url, token, body string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	return append([]byte(resp.Status+"\n"+resp.Header.Get("WWW-Authenticate")+"\n"), answer...), err
}
