package main

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/bestviable/coda-gateway/gateway/limit/valkey/valkeytest"
)

// TestScriptsWithValkey runs the scripts of testdata/valkey, each with a server of its own at $VALKEY; those that begin
// with tls have one that speaks TLS, and the file of its authority in $VALKEY_CA.
func TestScriptsWithValkey(t *testing.T) {
	files, err := filepath.Glob("testdata/valkey/*.txtar")
	if err != nil || len(files) < 3 {
		t.Fatalf("%d scripts: %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) {
			start := valkeytest.Start
			if strings.HasPrefix(name, "tls") {
				start = valkeytest.StartTLS
			}
			server := start(t)
			params := scripts()
			params.Dir, params.Files = "", []string{file}
			setup := params.Setup
			params.Setup = func(e *testscript.Env) error {
				e.Setenv("VALKEY", server.URL())
				e.Setenv("VALKEY_ADDRESS", server.Addr)
				e.Setenv("VALKEY_CA", server.CA)
				return setup(e)
			}
			params.Cmds["valkey"] = command(func(_ *world, _ *testscript.TestScript, neg bool, args []string) error {
				return steer(server, neg, args)
			})
			testscript.Run(t, params)
		})
	}
}

// valkey hang|go-on|stop|run does that to the server; valkey do COMMAND… has it run one of its own.
func steer(server *valkeytest.Server, neg bool, args []string) error {
	if !neg && len(args) > 1 && args[0] == "do" {
		return server.Do(strings.Join(args[1:], " "))
	}
	if !neg && len(args) == 1 {
		switch args[0] {
		case "hang":
			server.Hang()
			return nil
		case "go-on":
			server.GoOn()
			return nil
		case "stop":
			server.Stop()
			return nil
		case "run":
			server.Run()
			return nil
		}
	}
	return errors.New("usage: valkey hang|go-on|stop|run, or valkey do COMMAND…")
}
