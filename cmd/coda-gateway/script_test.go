package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"github.com/bestviable/coda-gateway/coda/codatest"
)

func TestMain(m *testing.M) {
	// Scripts wait more than they work. Whoever gives -parallel decides.
	_ = flag.Set("test.parallel", "6")
	testscript.Main(tidy{m}, map[string]func(){"coda-gateway": main, "browser": browserMain})
}

// tidy runs the tests and then looks for goroutines that they left behind.
type tidy struct{ m *testing.M }

func (t tidy) Run() int {
	code := t.m.Run()
	if code != 0 {
		return code
	}
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

var update = flag.Bool("update", false, "write the output that scripts compare with into the scripts")

// TestScript runs the scripts of testdata/script against the real program. Each script shows one behaviour; the
// commands that they use beside those of testscript are in the files scriptcmd_*_test.go.
func TestScript(t *testing.T) {
	params := scripts()
	if testing.Short() {
		params.Dir, params.Files = "", whatServes(t)
	}
	testscript.Run(t, params)
}

// whatServes leaves out the scripts of commands that do one thing after the other, which a race detector has nothing to
// say about and which start the program most often.
func whatServes(t *testing.T) []string {
	all, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	inTurn := regexp.MustCompile(`/(administrator|check|docs|doctor|init|man|plugin|schema|token|usage)[-.]`)
	some := slices.DeleteFunc(slices.Clone(all), inTurn.MatchString)
	t.Logf("%d of %d scripts are left out by -short: %s", len(all)-len(some), len(all), inTurn)
	return some
}

// scripts is how scripts are run.
func scripts() testscript.Params {
	return testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(e *testscript.Env) error {
			w := newWorld()
			e.Values[worldKey{}] = w
			e.Defer(func() {
				w.close()
				if err := w.clean(); err != nil {
					e.T().Fatal(err)
				}
			})
			deploy, err := filepath.Abs("../../deploy")
			if err != nil {
				return err
			}
			e.Setenv("DEPLOY", deploy)
			e.Setenv("CODA_TOKEN", demoToken)
			w.secret(demoToken)
			w.secret(codatest.DemoTokenGrace)
			w.secret(codatest.DemoTokenLin)
			e.Setenv("CONNECT_SECRET", connectSecret)
			w.secret(connectSecret)
			e.Setenv("INTROSPECTION_SECRET", introspectionSecret)
			w.secret(introspectionSecret)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"abandon":             command(abandon),
			"appears":             command(appears),
			"attempt-id":          command(attemptID),
			"audited":             command(audited),
			"body":                command(soon(body)),
			"call":                command(call),
			"coda":                command(startCoda),
			"collector":           command(startCollector),
			"env-to-file":         command(envToFile),
			"exits":               command(exits),
			"file-to-env":         command(fileToEnv),
			"expand":              command(expandFile),
			"fire":                command(fire),
			"flood":               command(flood),
			"front":               command(front),
			"until":               command(until),
			"certificate":         command(certificate),
			"served-certificate":  command(servedCertificate),
			"hold":                command(hold),
			"released":            command(released),
			"header":              command(soon(header)),
			"hostile":             command(hostile),
			"issuer":              command(issuer),
			"provider":            command(provide),
			"jsonpath":            command(soon(jsonPath)),
			"log":                 command(logLine),
			"log-count":           command(logCount),
			"lose-log":            command(loseLog),
			"mint":                command(mint),
			"no-secret-in-output": command(noSecretInOutput),
			"raw":                 command(raw),
			"remember":            command(remember),
			"request":             command(request),
			"rpc":                 command(rpc),
			"secret":              command(keepSecret),
			"serve":               command(serve),
			"signal":              command(sendSignal),
			"span":                command(span),
			"status":              command(soon(status)),
			"surf":                command(surf),
			"reconfigure":         command(reconfigure),
			"terminate":           command(terminate),
		},
	}
}

type worldKey struct{}

// command hands the script's world to f. An error fails the script.
func command(f func(w *world, ts *testscript.TestScript, neg bool, args []string) error) func(*testscript.TestScript,
	bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		w, ok := ts.Value(worldKey{}).(*world)
		if !ok {
			ts.Fatalf("the script has no world")
		}
		if err := f(w, ts, neg, args); err != nil {
			ts.Fatalf("%v", err)
		}
	}
}

var errNoNegation = errors.New("this command cannot be negated")

// TestScriptForm: each script begins with what it shows, and none ends before its end by a command that testscript
// has for that.
func TestScriptForm(t *testing.T) {
	t.Parallel()
	scripts, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(scripts) < 100 {
		t.Fatalf("%d scripts: %v", len(scripts), err)
	}
	for _, name := range scripts {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(text), "# ") {
			t.Errorf("%s does not begin with a comment that names the requirement", name)
		}
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, "stop") || strings.HasPrefix(line, "skip") {
				t.Errorf("%s ends early: %s", name, line)
			}
		}
	}
}

// TestRun covers what a script cannot see: that nothing outside the arguments decides.
func TestRun(t *testing.T) {
	t.Parallel()
	none := func(string) (string, bool) { return "", false }
	for _, tt := range []struct {
		args []string
		code int
	}{
		{[]string{"version"}, exitOK},
		{[]string{"--version"}, exitOK},
		{[]string{"help"}, exitOK},
		{[]string{"check", "--help"}, exitOK},
		{nil, exitUsage},
		{[]string{"chekc"}, exitUsage},
		{[]string{"check"}, exitUsage},
		{[]string{"check", "--nope"}, exitUsage},
		{[]string{"check", "--config", "/nonexistent.yaml"}, exitFailed},
	} {
		if code := run(context.Background(), tt.args, os.Stdin, discard{}, discard{}, none); code != tt.code {
			t.Errorf("%q: exit code %d, want %d", tt.args, code, tt.code)
		}
	}
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }
