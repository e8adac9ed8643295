package ship

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// composeSpec is Compose's own reader of its files.
const composeSpec = "github.com/compose-spec/compose-go/v2/cmd@v2.16.2"

// composed is what these tests look at of a compose file.
type composed struct {
	Services map[string]struct {
		ReadOnly   bool     `json:"read_only"`
		CapDrop    []string `json:"cap_drop"`
		Privileged bool     `json:"privileged"`
		Volumes    []struct{ Type, Source, Target string }
		Secrets    []struct{ Source string }
		Ports      []struct{ Published string }
		Networks   map[string]any
	}
	Secrets map[string]struct{ File string }
}

// readCompose has Compose's own library read a file and fill in what it extends.
func readCompose(t *testing.T, name string) composed {
	t.Helper()
	cmd := exec.Command("go", "run", composeSpec, "-format", "json", name)
	cmd.Dir = top + "deploy/container"
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		if os.Getenv("CI") != "true" && strings.Contains(said.String(), "dial tcp") {
			t.Skipf("Compose's reader of its files could not be fetched:\n%s", said.String())
		}
		t.Fatalf("%s: %v\n%s", name, err, said.String())
	}
	var c composed
	if err := json.Unmarshal(out, &c); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return c
}

// The compose files are what Compose understands, name files that exist, and keep the gateway from everything that it
// does not need: nobody but the proxy can be reached from outside, and the database only by who stores in it.
func TestCompose(t *testing.T) {
	t.Parallel()
	for name, proxy := range map[string]string{"compose.yaml": "caddy", "compose.traefik.yaml": "traefik"} {
		// One after the other: the second finds the reader of these files built.
		t.Run(name, func(t *testing.T) {
			heavy(t)
			c := readCompose(t, name)
			gateway, ok := c.Services["gateway"]
			if !ok {
				t.Fatal("no gateway")
			}
			if !gateway.ReadOnly || gateway.Privileged || !slices.Equal(gateway.CapDrop, []string{"ALL"}) {
				t.Errorf("the gateway can do more than it needs: %+v", gateway)
			}
			if _, together := c.Services[proxy].Networks["proxied"]; !together || gateway.Networks["database"] != nil {
				t.Errorf("networks: %v and %v", gateway.Networks, c.Services[proxy].Networks)
			}
			for service, s := range c.Services {
				if (len(s.Ports) > 0) != (service == proxy) {
					t.Errorf("%s has the ports %v", service, s.Ports)
				}
				for _, v := range s.Volumes {
					if _, err := os.Stat(v.Source); v.Type == "bind" && err != nil {
						t.Errorf("%s mounts %v", service, err)
					}
				}
				for _, secret := range s.Secrets {
					if file := c.Secrets[secret.Source].File; filepath.Base(filepath.Dir(file)) != "secrets" {
						t.Errorf("%s has the secret %s from %q", service, secret.Source, file)
					}
				}
			}
		})
	}
}

// What Traefik is told of the gateway in a container is what deploy/traefik tells it, but for the address.
func TestTraefikInContainers(t *testing.T) {
	t.Parallel()
	var tree [2]any
	for i, name := range []string{"traefik/dynamic.yaml", "container/traefik.yaml"} {
		text, err := os.ReadFile(top + "deploy/" + name)
		if err != nil {
			t.Fatal(err)
		}
		text = bytes.ReplaceAll(text, []byte("http://127.0.0.1:8080"), []byte("http://gateway:8080"))
		if err := yaml.Unmarshal(text, &tree[i]); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if !reflect.DeepEqual(tree[0], tree[1]) {
		t.Errorf("they differ:\n%v\n%v", tree[0], tree[1])
	}
}

// What Caddy is told of the gateway in a container is what deploy/caddy tells it, but for names and addresses.
func TestCaddyInContainers(t *testing.T) {
	t.Parallel()
	said := func(name string) string {
		var lines []string
		for line := range strings.Lines(read(t, "deploy/"+name)) {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
				lines = append(lines, line)
			}
		}
		return strings.Join(lines, "\n")
	}
	want := strings.NewReplacer("{$CODA_GATEWAY_HOST:mcp.example.com}", "{$MCP_HOST:mcp.example.com}",
		"{$CODA_GATEWAY_UPSTREAM:127.0.0.1:8080}", "gateway:8080").Replace(said("caddy/Caddyfile"))
	if got := said("container/Caddyfile"); !strings.HasPrefix(got, want+"\n") {
		t.Errorf("it begins with\n%s\nwant\n%s", got, want)
	}
}
