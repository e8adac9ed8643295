package ship

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// tried names for each file of deploy the test that starts or checks it, and what the test calls it: files by a pattern
// in which ** is any number of folders, and the test as a package and a function, or as a suite of deploy/e2e.
var tried = strings.Fields(`
README.md                           cmd/internal/ship:TestDialogs              deploy/README.md
*/README.md                         cmd/coda-gateway:TestPagesPassCheck        deploy/*/README.md
adfs/setup.ps1                      cmd/internal/pages:TestPowerShell          adfs/setup.ps1
*/main.tf                           cmd/internal/pages:TestTerraform           */*.tf
caddy/Caddyfile                     e2e:tls                                    caddy/Caddyfile'
caddy/Caddyfile.replicas            e2e:replicas                               caddy/Caddyfile.replicas
cloudflare-tunnel/config.yml        cmd/internal/pages:TestTunnel              config.yml
container/Caddyfile                 e2e:compose                                container/Caddyfile
container/Dockerfile                cmd/internal/ship:TestImage                container/Dockerfile"
container/Dockerfile.dockerignore   cmd/internal/ship:TestImage                container/Dockerfile.dockerignore
container/compose.yaml              e2e:compose                                container/compose.yaml
container/compose.traefik.yaml      e2e:compose                                compose.traefik.yaml
container/gateway.yaml              cmd/internal/ship:TestImage                container/gateway.yaml
container/traefik.yaml              cmd/internal/ship:TestTraefikInContainers  container/traefik.yaml
debian/*                            cmd/internal/ship:TestDebianPackage        .ci/package
direct/gateway.yaml                 e2e:tls                                    direct/gateway.yaml
e2e/**                              e2e:matrix                                 ./suites/matrix.mjs
grafana/*                           gateway/metrics:TestAlerts                 deploy/grafana
keycloak/gateway.yaml               e2e:keycloak                               keycloak/gateway.yaml
keycloak/realm.json                 e2e:keycloak                               keycloak/realm.json
keycloak/setup.sh                   e2e:keycloak                               keycloak/setup.sh
kubernetes/chartcheck/**            deploy/kubernetes/chartcheck:TestLint      package_chartcheck
kubernetes/coda-gateway/**          deploy/kubernetes/chartcheck:TestManifests ../coda-gateway
kubernetes/values/*                 deploy/kubernetes/chartcheck:TestLint      ../values/*.yaml
logrotate/coda-gateway              cmd/coda-gateway:TestScript                logrotate/coda-gateway
nginx/coda-gateway.conf             e2e:tls                                    nginx/coda-gateway.conf
nginx/upstream.conf                 e2e:tls                                    nginx/upstream.conf
nginx/upstream.replicas.conf        e2e:restarts                               nginx/upstream.replicas.conf
pictures/*.svg                      e2e:connect                                ../../pictures/
systemd/*                           cmd/internal/ship:TestUnit                 coda-gateway.socket
traefik/traefik.yaml                e2e:tls                                    traefik/traefik.yaml
traefik/dynamic.yaml                e2e:tls                                    'dynamic'
traefik/replicas.yaml               e2e:restarts                               'replicas'
traefik/labels.compose.yaml         e2e:restarts                               traefik/labels.compose.yaml
traefik/labels.traefik.yaml         e2e:restarts                               traefik/labels.traefik.yaml
`)

// TestEverythingIsTried: a file comes into deploy together with a test that starts or checks it, and the tests that are
// said to do so exist and name it.
func TestEverythingIsTried(t *testing.T) {
	t.Parallel()
	matched := make([]bool, len(tried)/3)
	err := filepath.WalkDir(top+"deploy", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			if err == nil && entry.Name() == "node_modules" {
				return fs.SkipDir
			}
			return err
		}
		file, found := strings.TrimPrefix(filepath.ToSlash(name), top+"deploy/"), false
		for i := range matched {
			if fits(t, tried[3*i], file) {
				matched[i], found = true, true
			}
		}
		if !found {
			t.Errorf("no test is named that tries deploy/%s", file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	sources := map[string]string{}
	for i, used := range matched {
		pattern, test, said := tried[3*i], tried[3*i+1], strings.ReplaceAll(tried[3*i+2], "_", " ")
		if !used {
			t.Errorf("deploy has no %s", pattern)
		}
		room, name, _ := strings.Cut(test, ":")
		declared := `(?m)^func ` + name + `\(`
		if room == "e2e" {
			room, declared = "deploy/e2e", `const every = '[^']*\b`+name+`\b`
		}
		if _, ok := sources[room]; !ok {
			sources[room] = source(t, top+room)
		}
		if !regexp.MustCompile(declared).MatchString(sources[room]) || !strings.Contains(sources[room], said) {
			t.Errorf("%s has no %s that says %s, for deploy/%s", room, name, said, pattern)
		}
	}
}

func fits(t *testing.T, pattern, file string) bool {
	t.Helper()
	if folder, ok := strings.CutSuffix(pattern, "**"); ok {
		return strings.HasPrefix(file, folder)
	}
	ok, err := path.Match(pattern, file)
	if err != nil {
		t.Fatalf("%s: %v", pattern, err)
	}
	return ok
}

// source is the text of the tests in a folder, with the scripts that they run, but for this file.
func source(t *testing.T, folder string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if entry.Name() == "node_modules" {
				return fs.SkipDir
			}
			return nil
		}
		switch script := strings.Contains(name, "/testdata/") || filepath.Ext(name) == ".mjs"; {
		case filepath.Base(name) == "everything_test.go":
		case script || strings.HasSuffix(name, "_test.go"):
			text, err := os.ReadFile(name)
			all.Write(text)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}
