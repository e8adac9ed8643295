// Package chartcheck shows that the Helm chart beside it makes what Kubernetes and the gateway accept. Helm's own code
// lints and renders it with each of the values files; kubeconform judges the manifests by the schemas that Kubernetes,
// the Gateway API, the Prometheus operator and Traefik publish; they are read strictly into types, judged by the Pod
// Security level "restricted", and held against each other; the gateway.yaml in them goes through `coda-gateway check`.
// It is a module of its own, so that none of that comes near the gateway's.
package chartcheck

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/v2/lint"
	"helm.sh/helm/v4/pkg/chart/v2/lint/support"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
	"sigs.k8s.io/yaml"
)

const chartDir = "../coda-gateway"

// examples are the values files that users start from.
func examples(t *testing.T) map[string]map[string]any {
	t.Helper()
	files, err := filepath.Glob("../values/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no values files: %v", err)
	}
	all := map[string]map[string]any{}
	for _, file := range files {
		all[strings.TrimSuffix(filepath.Base(file), ".yaml")] = read(t, file)
	}
	return all
}

func read(t *testing.T, file string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]any{}
	if err := yaml.UnmarshalStrict(text, &values); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return values
}

// render is what `helm template` does, the notes included.
func render(values map[string]any) (map[string]string, error) {
	return renderOver(nil, values)
}

// renderOver has defaults in place of those of the chart, where there are some.
func renderOver(defaults, values map[string]any) (map[string]string, error) {
	chart, err := loader.Load(chartDir)
	if err != nil {
		return nil, err
	}
	if defaults != nil {
		chart.Values = defaults
	}
	release := common.ReleaseOptions{Name: "coda-gateway", Namespace: "mcp", Revision: 1, IsInstall: true}
	all, err := util.ToRenderValues(chart, values, release, common.DefaultCapabilities)
	if err != nil {
		return nil, err
	}
	return engine.Render(chart, all)
}

// `helm lint`, and nothing that it says is passed over but that the chart has no icon.
func TestLint(t *testing.T) {
	for name, values := range examples(t) {
		t.Run(name, func(t *testing.T) {
			for _, message := range lint.RunAll(chartDir, values, "mcp").Messages {
				if message.Severity > support.InfoSev || !strings.Contains(message.Err.Error(), "icon is recommended") {
					t.Error(message)
				}
			}
		})
	}
}

// What the values must not be is refused when the chart is rendered, in words.
func TestRefused(t *testing.T) {
	shared := map[string]any{"store": "rediss://valkey.data.svc:6379/0"}
	database := map[string]any{"store": "postgres://gateway@postgres.data.svc/gateway"}
	file := map[string]any{"store": "/var/lib/coda-gateway/state.db", "keys": []any{"${file:/run/secrets/state-key}"}}
	for _, c := range []struct {
		name   string
		change func(values, config map[string]any)
		words  string
	}{
		{"no image", func(v, _ map[string]any) { v["image"] = map[string]any{"tag": "1"} }, "docker push"},
		{"no tag", func(v, _ map[string]any) { v["image"] = map[string]any{"repository": "r/coda-gateway"} },
			"image.tag or image.digest: one of them must say which version of r/coda-gateway to run"},
		{"no issuers", func(_, c map[string]any) { delete(c, "issuers") }, "issuers"},
		{"plain http", func(_, c map[string]any) { c["public_url"] = "http://mcp.example.com/mcp" }, "public_url"},
		{"misspelt", func(v, _ map[string]any) { v["replicaCount"] = 2 }, "replicaCount"},
		{"no parent", func(v, _ map[string]any) { v["httpRoute"] = map[string]any{"enabled": true} }, "parentRefs"},
		{"no entry points", func(v, _ map[string]any) {
			v["ingressRoute"] = map[string]any{"enabled": true, "entryPoints": []any{}}
		}, "entryPoints"},
		{"alone", func(v, _ map[string]any) { v["replicas"] = 2 }, "config.limits.store"},
		{"forgetful", func(v, c map[string]any) { v["replicas"] = 2; c["limits"] = shared }, "config.state.store"},
		{"a file", func(v, c map[string]any) {
			v["replicas"] = 2
			c["limits"], c["state"] = shared, file
		}, "config.state.store"},
		{"no keys", func(v, c map[string]any) {
			v["replicas"] = 2
			c["limits"], c["state"] = shared, database
		}, "config.state.keys"},
	} {
		t.Run(c.name, func(t *testing.T) {
			values := read(t, "../values/smallest.yaml")
			c.change(values, values["config"].(map[string]any))
			if _, err := render(values); err == nil || !strings.Contains(err.Error(), c.words) {
				t.Errorf("got %v, want an error that says %q", err, c.words)
			}
		})
	}
}

// Who upgrades with --reuse-values has the first chart's defaults, and none of what came later.
func TestReusedValues(t *testing.T) {
	for name, values := range examples(t) {
		if name == "traefik" {
			continue // its route came after 0.1.0
		}
		old, err := renderOver(read(t, "testdata/values-0.1.0.yaml"), values)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		now, err := render(values)
		if err != nil {
			t.Fatal(err)
		}
		for file, text := range now {
			if old[file] != text {
				t.Errorf("%s: %s is\n%s\nand with the defaults of 0.1.0\n%s", name, file, text, old[file])
			}
		}
	}
}

func TestNotes(t *testing.T) {
	for name, leads := range map[string]bool{"smallest": false, "replicas": true, "gateway-api": true, "traefik": true} {
		files, err := render(examples(t)[name])
		if err != nil {
			t.Fatal(err)
		}
		notes := files["coda-gateway/templates/NOTES.txt"]
		if nothing := strings.Contains(notes, "cannot be reached from outside yet"); nothing == leads {
			t.Errorf("%s: that nothing leads here is said: %v\n%s", name, nothing, notes)
		}
		if want := "rollout status deployment/coda-gateway"; !strings.Contains(notes, want) {
			t.Errorf("%s: the notes do not say %q:\n%s", name, want, notes)
		}
	}
}

// The alerts are those of deploy/grafana, whether the link to them was followed or copied.
func TestRulesAreTheSame(t *testing.T) {
	ours, err := os.ReadFile(filepath.Join(chartDir, "files/rules.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := os.ReadFile("../../grafana/rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if string(ours) != string(theirs) {
		t.Error("files/rules.yaml of the chart is not deploy/grafana/rules.yaml")
	}
}
