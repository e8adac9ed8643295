package chartcheck

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/yannh/kubeconform/pkg/validator"
	"sigs.k8s.io/yaml"
)

// object is any JSON object.
type object = map[string]any

// kubeconform judges manifests by schemas that lie in published Go modules: Kubernetes' own API documents, and the
// definitions that the Gateway API, the Prometheus operator and Traefik install into a cluster.
func kubeconform(t *testing.T) validator.Validator {
	t.Helper()
	dir := t.TempDir()
	minor := strings.TrimPrefix(goList(t, "{{.Version}}", "k8s.io/api"), "v0.")
	documents := download(t, "k8s.io/kubernetes@v1."+minor) + "/api/openapi-spec/v3/"
	for _, name := range []string{"api__v1", "apis__apps__v1", "apis__networking.k8s.io__v1", "apis__policy__v1"} {
		writeKinds(t, dir, documents, name+"_openapi.json")
	}
	operator := download(t, "github.com/prometheus-operator/prometheus-operator@v0.85.0") +
		"/example/prometheus-operator-crd"
	for _, file := range []string{
		goList(t, "{{.Dir}}", "sigs.k8s.io/gateway-api") + "/config/crd/standard/gateway.networking.k8s.io_httproutes.yaml",
		operator + "/monitoring.coreos.com_servicemonitors.yaml",
		operator + "/monitoring.coreos.com_prometheusrules.yaml",
		download(t, "github.com/traefik/traefik/v3@"+traefikVersion(t)) +
			"/docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml",
	} {
		writeCustomKinds(t, dir, file)
	}
	locations := []string{dir + "/{{.Group}}_{{.ResourceAPIVersion}}_{{.ResourceKind}}.json"}
	v, err := validator.New(locations, validator.Opts{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// traefikVersion is the one that the end-to-end suite runs.
func traefikVersion(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../e2e/tools.sh")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`traefik_version=(\S+)`).FindSubmatch(text)
	if found == nil {
		t.Fatal("tools.sh has no traefik_version")
	}
	return string(found[1])
}

func goList(t *testing.T, format, module string) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", format, module).Output()
	if err != nil {
		t.Fatalf("go list -m %s: %v", module, err)
	}
	return strings.TrimSpace(string(out))
}

// download fetches a module for the files in it; nothing of it is compiled.
func download(t *testing.T, module string) string {
	t.Helper()
	cmd := exec.Command("go", "mod", "download", "-json", module)
	cmd.Dir = t.TempDir() // outside every module, so that no go.mod has to name it
	out, err := cmd.Output()
	var said struct{ Dir, Error string }
	if json.Unmarshal(out, &said) != nil || said.Error != "" || err != nil {
		if os.Getenv("CI") != "true" && strings.Contains(said.Error, "dial tcp") {
			t.Skipf("%s could not be fetched, so its schemas are not tried: %s", module, said.Error)
		}
		t.Fatalf("go mod download %s: %v %s", module, err, said.Error)
	}
	return said.Dir
}

func parse(t *testing.T, text string) object {
	t.Helper()
	var o object
	if err := yaml.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	return o
}

// writeKinds writes a schema for each kind of an API document. What they share is in one file.
func writeKinds(t *testing.T, dir, documents, file string) {
	t.Helper()
	text, err := os.ReadFile(documents + file)
	if err != nil {
		t.Fatal(err)
	}
	var document object
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	schemas := document["components"].(object)["schemas"].(object)
	for name, schema := range schemas {
		strict(schema)
		kinds, _ := schema.(object)["x-kubernetes-group-version-kind"].([]any)
		if len(kinds) == 1 && !strings.HasSuffix(name, "List") {
			kind := kinds[0].(object)
			writeSchema(t, dir, kind["group"].(string), kind["version"].(string), kind["kind"].(string), refer(dir, file, name))
		}
	}
	if text, err = json.Marshal(object{"components": object{"schemas": schemas}}); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, file), string(text))
}

// writeCustomKinds writes a schema for each definition in a file.
func writeCustomKinds(t *testing.T, dir, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for document := range strings.SplitSeq("\n"+string(text), "\n---\n") {
		spec, ok := parse(t, document)["spec"].(object)
		if !ok {
			continue
		}
		for _, v := range spec["versions"].([]any) {
			schema := v.(object)["schema"].(object)["openAPIV3Schema"].(object)
			strict(schema)
			schema["properties"].(object)["metadata"] = refer(dir, "api__v1_openapi.json", objectMeta)
			kind := spec["names"].(object)["kind"].(string)
			writeSchema(t, dir, spec["group"].(string), v.(object)["name"].(string), kind, schema)
		}
	}
}

const objectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"

// refer leads to the schema of that name in a file.
func refer(dir, file, name string) object {
	return object{"$ref": "file://" + filepath.ToSlash(filepath.Join(dir, file)) + "#/components/schemas/" + name}
}

func writeSchema(t *testing.T, dir, group, version, kind string, schema object) {
	t.Helper()
	if group == "" {
		group = version // as kubeconform calls the group without a name
	}
	text, err := json.Marshal(schema)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, group+"_"+version+"_"+strings.ToLower(kind)+".json"), string(text))
}

// strict has an object hold only what is described.
func strict(schema any) {
	o, ok := schema.(object)
	if !ok {
		return
	}
	properties, ok := o["properties"].(object)
	if _, more := o["additionalProperties"]; ok && !more && o["x-kubernetes-preserve-unknown-fields"] != true {
		o["additionalProperties"] = false
	}
	for _, p := range properties {
		strict(p)
	}
	strict(o["items"])
	strict(o["additionalProperties"])
}

// rendered is all that one values file makes, as `helm template` prints it.
func rendered(t *testing.T, values object) string {
	t.Helper()
	files, err := render(values)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for name, file := range files {
		if strings.HasSuffix(name, ".yaml") && strings.TrimSpace(file) != "" {
			all.WriteString("---\n" + file + "\n")
		}
	}
	return all.String()
}

// kubeconform, strictly, finds nothing wrong with what the chart makes, and finds what somebody broke.
func TestKubeconform(t *testing.T) {
	v := kubeconform(t)
	wrong := func(manifests string) (found []string, valid int) {
		for _, r := range v.Validate("chart", io.NopCloser(strings.NewReader(manifests))) {
			switch r.Status {
			case validator.Valid:
				valid++
			case validator.Empty:
			default:
				found = append(found, r.Err.Error())
			}
		}
		return found, valid
	}
	for name, values := range examples(t) {
		m := load(t, values)
		if found, valid := wrong(rendered(t, values)); len(found) != 0 || valid != len(m.kinds) {
			t.Errorf("%s: %d of %d valid: %s", name, valid, len(m.kinds), strings.Join(found, "\n"))
		}
	}
	var whole string
	for _, name := range []string{"replicas", "gateway-api", "traefik"} {
		whole += rendered(t, examples(t)[name])
	}
	for _, c := range []struct{ what, with, says string }{
		{"enableServiceLinks:", "enableServiceLink:", "enableServiceLink"},
		{"replicas: 3", `replicas: "3"`, "/spec/replicas"},
		{"      containers:\n        - name: coda-gateway", "      containers:\n        - nane: coda-gateway", "name"},
		{"pathType: Prefix", "pathTyp: Prefix", "pathTyp"},
		{"policyTypes: [Ingress, Egress]", "policyTypes: Ingress", "policyTypes"},
		{"maxUnavailable: 1 #", "maxUnavailable: [1] #", "maxUnavailable"},
		{"clusterIP: None", "clusterIp: None", "clusterIp"},
		{"type: PathPrefix", "type: Prefix", "type"},
		{"interval: 30s", "interval: thirty", "interval"},
		{"kind: Rule", "kind: Route", "kind"},
		{"apiVersion: policy/v1\n", "apiVersion: policy/v1beta1\n", "could not find schema"},
	} {
		if n := strings.Count(whole, c.what); n == 0 {
			t.Errorf("nothing says %q", c.what)
			continue
		}
		found, _ := wrong(strings.ReplaceAll(whole, c.what, c.with))
		if len(found) == 0 || !strings.Contains(strings.Join(found, "\n"), c.says) {
			t.Errorf("%q in place of %q: %q, want something about %q", c.with, c.what, found, c.says)
		}
	}
}
