package chartcheck

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"
)

var reference = regexp.MustCompile(`\$\{file:([^}]+)\}`)

var warning = regexp.MustCompile(`warning: [^ ]*`)

// filesIn are the files that a configuration names: secrets, and the store.
func filesIn(config string) []string {
	var files []string
	for _, found := range reference.FindAllStringSubmatch(config, -1) {
		files = append(files, found[1])
	}
	var parsed struct{ State struct{ Store string } }
	if err := yaml.Unmarshal([]byte(config), &parsed); err == nil && strings.HasPrefix(parsed.State.Store, "/") {
		files = append(files, parsed.State.Store)
	}
	return files
}

// durations are how long a gateway goes on after it was told to end, and how long calls may take then.
func durations(t *testing.T, config string) (delay, grace time.Duration) {
	t.Helper()
	var parsed struct {
		Delay string `json:"shutdown_delay"`
		Grace string `json:"shutdown_grace"`
	}
	if err := yaml.Unmarshal([]byte(config), &parsed); err != nil {
		t.Fatal(err)
	}
	delay, err := time.ParseDuration(parsed.Delay)
	if err != nil {
		t.Fatal(err)
	}
	grace, err = time.ParseDuration(cmp.Or(parsed.Grace, "10s"))
	if err != nil {
		t.Fatal(err)
	}
	return delay, grace
}

// The gateway itself accepts what the chart makes for it. It says one thing against it: that other machines reach the
// admin listener. Probes and Prometheus do; others are kept away by the NetworkPolicy.
func TestGatewayAcceptsItsFile(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "coda-gateway")
	build := exec.Command("go", "build", "-o", program, "./cmd/coda-gateway")
	build.Dir = "../../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	for name, values := range examples(t) {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			config := load(t, values).config.Data["gateway.yaml"]
			for _, file := range filesIn(config) {
				if strings.HasPrefix(file, "/run/secrets/") {
					writeFile(t, filepath.Join(dir, filepath.Base(file)), strings.Repeat("0123456789abcdef", 4))
				}
			}
			file := filepath.Join(dir, "gateway.yaml")
			writeFile(t, file, strings.ReplaceAll(config, "/run/secrets/", dir+"/"))
			check := exec.Command(program, "check", "--config", file)
			check.Env = append(os.Environ(), "PGPASSWORD=a-password")
			out, err := check.CombinedOutput()
			if err != nil {
				t.Fatalf("coda-gateway check: %v\n%s\n%s", err, out, config)
			}
			if found := warning.FindAllString(string(out), -1); len(found) != 1 || found[0] != "warning: admin.listen:" {
				t.Errorf("coda-gateway check: %q\n%s", found, out)
			}
		})
	}
}

func writeFile(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
