package chartcheck

import (
	"slices"
	"strings"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/pod-security-admission/api"
	security "k8s.io/pod-security-admission/policy"
	gateway "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/yaml"
)

// manifests is what one values file makes.
type manifests struct {
	deployment apps.Deployment
	services   []core.Service
	config     core.ConfigMap
	kinds      []string

	budget  *policy.PodDisruptionBudget
	network *networking.NetworkPolicy
	ingress *networking.Ingress
	route   *gateway.HTTPRoute
	traefik *ingressRoute
	monitor *monitoring.ServiceMonitor
	rule    *monitoring.PrometheusRule
}

// ingressRoute is as much of Traefik's kind as these tests look at: Traefik's own module cannot be required by others,
// since its go.mod replaces some that it needs.
type ingressRoute struct {
	meta.TypeMeta   `json:",inline"`
	meta.ObjectMeta `json:"metadata"`

	Spec struct {
		EntryPoints []string `json:"entryPoints"`
		Routes      []struct {
			Kind        string              `json:"kind"`
			Match       string              `json:"match"`
			Middlewares []map[string]string `json:"middlewares"`
			Services    []struct {
				Name string `json:"name"`
				Port string `json:"port"`
			} `json:"services"`
		} `json:"routes"`
		TLS map[string]string `json:"tls"`
	} `json:"spec"`
}

// load renders the chart and reads all of it strictly: an unknown field, a wrong type or one that stands twice fails.
func load(t *testing.T, values map[string]any) manifests {
	t.Helper()
	files, err := render(values)
	if err != nil {
		t.Fatal(err)
	}
	var m manifests
	for name, file := range files {
		if !strings.HasSuffix(name, ".yaml") {
			continue
		}
		for document := range strings.SplitSeq(file, "\n---\n") {
			if strings.TrimSpace(document) != "" {
				m.add(t, name, []byte(document))
			}
		}
	}
	slices.Sort(m.kinds)
	return m
}

func (m *manifests) add(t *testing.T, name string, document []byte) {
	t.Helper()
	var kind meta.TypeMeta
	if err := yaml.Unmarshal(document, &kind); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var into any
	var service core.Service
	switch kind.APIVersion + " " + kind.Kind {
	case "apps/v1 Deployment":
		into = &m.deployment
	case "v1 Service":
		into = &service
	case "v1 ConfigMap":
		into = &m.config
	case "policy/v1 PodDisruptionBudget":
		m.budget = new(policy.PodDisruptionBudget)
		into = m.budget
	case "networking.k8s.io/v1 NetworkPolicy":
		m.network = new(networking.NetworkPolicy)
		into = m.network
	case "networking.k8s.io/v1 Ingress":
		m.ingress = new(networking.Ingress)
		into = m.ingress
	case "gateway.networking.k8s.io/v1 HTTPRoute":
		m.route = new(gateway.HTTPRoute)
		into = m.route
	case "traefik.io/v1alpha1 IngressRoute":
		m.traefik = new(ingressRoute)
		into = m.traefik
	case "monitoring.coreos.com/v1 ServiceMonitor":
		m.monitor = new(monitoring.ServiceMonitor)
		into = m.monitor
	case "monitoring.coreos.com/v1 PrometheusRule":
		m.rule = new(monitoring.PrometheusRule)
		into = m.rule
	default:
		t.Fatalf("%s: nobody knows %s %s", name, kind.APIVersion, kind.Kind)
	}
	if err := yaml.UnmarshalStrict(document, into); err != nil {
		t.Errorf("%s: %v\n%s", name, err, document)
	}
	if service.Name != "" {
		m.services = append(m.services, service)
	}
	m.kinds = append(m.kinds, kind.Kind)
}

func TestManifests(t *testing.T) {
	always := []string{"ConfigMap", "Deployment", "Service", "Service"}
	want := map[string][]string{
		"smallest":    {"NetworkPolicy", "PodDisruptionBudget"},
		"replicas":    {"NetworkPolicy", "PodDisruptionBudget", "Ingress", "ServiceMonitor", "PrometheusRule"},
		"gateway-api": {"HTTPRoute"},
		"traefik":     {"NetworkPolicy", "PodDisruptionBudget", "IngressRoute"},
	}
	for name, values := range examples(t) {
		t.Run(name, func(t *testing.T) {
			m := load(t, values)
			kinds := slices.Sorted(slices.Values(slices.Concat(always, want[name])))
			if !slices.Equal(m.kinds, kinds) {
				t.Errorf("kinds %v, want %v", m.kinds, kinds)
			}
			m.checkSecurity(t)
			m.checkSelectors(t)
			m.checkPorts(t)
			m.checkMounts(t)
			m.checkRoutes(t)
		})
	}
}

// Each version of the level "restricted", the newest included.
func (m *manifests) checkSecurity(t *testing.T) {
	evaluator, err := security.NewEvaluator(security.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	pod := m.deployment.Spec.Template
	for minor := range 40 {
		level := api.LevelVersion{Level: api.LevelRestricted, Version: api.MajorMinorVersion(1, minor)}
		if minor == 39 {
			level.Version = api.LatestVersion()
		}
		result := security.AggregateCheckResults(evaluator.EvaluatePod(level, &pod.ObjectMeta, &pod.Spec))
		if !result.Allowed {
			t.Errorf("%v: %s: %s", level, result.ForbiddenReason(), result.ForbiddenDetail())
		}
	}
	container := pod.Spec.Containers[0].SecurityContext
	if container.ReadOnlyRootFilesystem == nil || !*container.ReadOnlyRootFilesystem {
		t.Error("the root file system can be written to")
	}
	if token := pod.Spec.AutomountServiceAccountToken; token == nil || *token {
		t.Error("the pod is given a token of the cluster")
	}
}

// Whatever selects pods selects ours.
func (m *manifests) checkSelectors(t *testing.T) {
	pod := labels.Set(m.deployment.Spec.Template.Labels)
	selectors := map[string]map[string]string{"Deployment": m.deployment.Spec.Selector.MatchLabels}
	for _, s := range m.services {
		selectors["Service "+s.Name] = s.Spec.Selector
	}
	if m.budget != nil {
		selectors["PodDisruptionBudget"] = m.budget.Spec.Selector.MatchLabels
	}
	if m.network != nil {
		selectors["NetworkPolicy"] = m.network.Spec.PodSelector.MatchLabels
	}
	for _, c := range m.deployment.Spec.Template.Spec.TopologySpreadConstraints {
		selectors["topology spread over "+c.TopologyKey] = c.LabelSelector.MatchLabels
	}
	for what, selector := range selectors {
		if len(selector) == 0 || !labels.SelectorFromSet(selector).Matches(pod) {
			t.Errorf("%s selects %v, and the pod is %v", what, selector, pod)
		}
	}
	if m.monitor == nil {
		return
	}
	matching := slices.DeleteFunc(slices.Clone(m.services), func(s core.Service) bool {
		return !labels.SelectorFromSet(m.monitor.Spec.Selector.MatchLabels).Matches(labels.Set(s.Labels))
	})
	if len(matching) != 1 || matching[0].Spec.Ports[0].Name != m.monitor.Spec.Endpoints[0].Port {
		t.Errorf("the monitor selects %d services", len(matching))
	}
}

// Whatever names a port of the pod names one that it has.
func (m *manifests) checkPorts(t *testing.T) {
	container := m.deployment.Spec.Template.Spec.Containers[0]
	ports := map[string]bool{}
	for _, p := range container.Ports {
		ports[p.Name] = true
	}
	named := []string{container.ReadinessProbe.HTTPGet.Port.StrVal, container.LivenessProbe.HTTPGet.Port.StrVal}
	for _, s := range m.services {
		for _, p := range s.Spec.Ports {
			named = append(named, p.TargetPort.StrVal)
		}
	}
	if m.network != nil {
		for _, rule := range m.network.Spec.Ingress {
			named = append(named, rule.Ports[0].Port.StrVal)
		}
	}
	for _, name := range named {
		if !ports[name] {
			t.Errorf("nothing listens at the port %q", name)
		}
	}
}

// Every file that the configuration names is in a folder that is mounted whole: what a subPath mounts never changes.
func (m *manifests) checkMounts(t *testing.T) {
	pod := m.deployment.Spec.Template.Spec
	volumes := map[string]bool{}
	for _, v := range pod.Volumes {
		volumes[v.Name] = true
		if v.ConfigMap != nil && v.ConfigMap.Name != m.config.Name {
			t.Errorf("mounts the ConfigMap %s, and there is %s", v.ConfigMap.Name, m.config.Name)
		}
	}
	var folders []string
	for _, mount := range pod.Containers[0].VolumeMounts {
		folders = append(folders, mount.MountPath+"/")
		if mount.SubPath != "" || !volumes[mount.Name] {
			t.Errorf("mount %+v", mount)
		}
	}
	for _, file := range filesIn(m.config.Data["gateway.yaml"]) {
		if !slices.ContainsFunc(folders, func(f string) bool { return strings.HasPrefix(file, f) }) {
			t.Errorf("%s is in none of %v", file, folders)
		}
	}
	grace := *pod.TerminationGracePeriodSeconds
	if delay, end := durations(t, m.config.Data["gateway.yaml"]); (delay + end).Seconds() >= float64(grace) {
		t.Errorf("the pod is killed after %d s, and needs %v and %v to end", grace, delay, end)
	}
}

// Everything of the host leads to the gateway, and nothing else does.
func (m *manifests) checkRoutes(t *testing.T) {
	const host = "mcp.example.com"
	i := slices.IndexFunc(m.services, func(s core.Service) bool { return s.Spec.Ports[0].Name == "http" })
	service := m.services[i]
	if m.ingress != nil {
		rule := m.ingress.Spec.Rules[0]
		path := rule.HTTP.Paths[0]
		backend := path.Backend.Service
		if rule.Host != host || m.ingress.Spec.TLS[0].Hosts[0] != host || path.Path != "/" || len(rule.HTTP.Paths) != 1 ||
			backend.Name != service.Name || backend.Port.Name != service.Spec.Ports[0].Name {
			t.Errorf("the ingress leads elsewhere: %+v", m.ingress.Spec)
		}
	}
	if m.route != nil {
		rule := m.route.Spec.Rules[0]
		backend := rule.BackendRefs[0]
		if m.route.Spec.Hostnames[0] != host || *rule.Matches[0].Path.Value != "/" || len(rule.Filters) != 0 ||
			string(backend.Name) != service.Name || *backend.Port != service.Spec.Ports[0].Port {
			t.Errorf("the route leads elsewhere: %+v", m.route.Spec)
		}
	}
	if m.traefik != nil {
		rule := m.traefik.Spec.Routes[0]
		if len(m.traefik.Spec.Routes) != 1 || rule.Match != "Host(`"+host+"`)" || len(rule.Services) != 1 ||
			rule.Services[0].Name != service.Name || rule.Services[0].Port != service.Spec.Ports[0].Name ||
			m.traefik.Spec.TLS == nil {
			t.Errorf("Traefik's route leads elsewhere: %+v", m.traefik.Spec)
		}
	}
}
