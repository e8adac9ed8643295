package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// process is a server of ours.
type process struct {
	addr string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
}

// command runs a program on the servers' core.
func (b *bench) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	if b.pinned {
		cmd = exec.Command("taskset", append([]string{"-c", strconv.Itoa(serverCore), program}, args...)...)
	}
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	cmd.Stderr = os.Stderr
	return cmd
}

// serve starts this program as a server.
func (b *bench) serve(s serving) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := b.command(self, "serve", "-kind", s.kind, "-issuer", s.issuer, "-cache", strconv.Itoa(s.cache), "-gc",
		strconv.Itoa(s.gc), "-profile", s.profile)
	p := &process{cmd: cmd}
	if p.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	addr, err := p.out.ReadString('\n')
	if err != nil {
		p.stop()
		return nil, fmt.Errorf("the server %s did not start: %w", s.kind, err)
	}
	p.addr = strings.TrimSpace(addr)
	return p, nil
}

// stop ends a server; closing its input is enough. One that had ended before is told of: whoever was connected to it
// has only seen the end of its connections.
func (p *process) stop() {
	p.in.Close()
	if err := p.cmd.Wait(); err != nil {
		fmt.Fprintf(os.Stderr, "coda-bench: a server (%s) ended early: %v\n", strings.Join(p.cmd.Args, " "), err)
	}
}

func (p *process) usage() (usage, error) { return p.ask("usage") }

// ask tells a server something; what it has used so far is the answer to everything.
func (p *process) ask(what string) (u usage, err error) {
	if _, err = io.WriteString(p.in, what+"\n"); err != nil {
		return u, err
	}
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		return u, err
	}
	return u, json.Unmarshal(line, &u)
}

// residentMB is the memory that a process has now, in MB; 0 where the system does not tell.
func residentMB(pid int) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, _ := strconv.Atoi(strings.Fields(value)[0])
			return float64(kb) / 1024
		}
	}
	return 0
}
