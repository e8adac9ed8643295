package ship

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const top = "../../../"

// tool finds a program, or skips the test and says what to install.
func tool(t *testing.T, name, whose string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed, so this is not tried: install the package %s", name, whose)
	}
	return path
}

// exposure is how far systemd thinks that a service can reach: 0 is nowhere, 10 everywhere.
const exposure = 1.5

// TestUnit has systemd read the units, and say how far the service can reach.
func TestUnit(t *testing.T) {
	t.Parallel()
	analyze := tool(t, "systemd-analyze", "systemd")
	// The program need not be installed here: anything that can be run stands in for it.
	dir := t.TempDir()
	for _, name := range []string{"coda-gateway.service", "coda-gateway.socket"} {
		text, err := os.ReadFile(top + "deploy/systemd/" + name)
		if err != nil {
			t.Fatal(err)
		}
		replaced := strings.NewReplacer("=/usr/bin/coda-gateway", "=/bin/true", "man:coda-gateway(1)", "")
		stripped := replaced.Replace(string(text))
		if err := os.WriteFile(filepath.Join(dir, name), []byte(stripped), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	service, socket := filepath.Join(dir, "coda-gateway.service"), filepath.Join(dir, "coda-gateway.socket")
	verify := exec.Command(analyze, "verify", service, socket)
	if said, err := verify.CombinedOutput(); err != nil || strings.Contains(string(said), "coda-gateway") {
		t.Errorf("systemd-analyze verify: %v\n%s", err, said)
	}
	said, err := exec.Command(analyze, "security", "--offline=true", "--no-pager", service).CombinedOutput()
	if err != nil {
		t.Fatalf("systemd-analyze security: %v\n%s", err, said)
	}
	m := regexp.MustCompile(`Overall exposure level for \S+: ([0-9.]+)`).FindSubmatch(said)
	if m == nil {
		t.Fatalf("no figure in\n%s", said)
	}
	got, err := strconv.ParseFloat(string(m[1]), 64)
	if err != nil || got > exposure {
		t.Errorf("systemd-analyze security says %s, more than %.1f\n%s", m[1], exposure, said)
	}
	t.Logf("systemd-analyze security: %s", m[1])
}
