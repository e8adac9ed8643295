package pages

import (
	"bytes"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bestviable/coda-gateway/cmd/internal/build"
	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/edge"
	"go.yaml.in/yaml/v3"
)

const tunnelPage = deploy + "cloudflare-tunnel/"

// tunnelFile is as much of cloudflared's configuration as the page uses; its module cannot be had, so the names are
// those of its documentation.
type tunnelFile struct {
	Tunnel      string        `yaml:"tunnel"`
	Credentials string        `yaml:"credentials-file"`
	Ingress     []tunnelRule  `yaml:"ingress"`
	GracePeriod time.Duration `yaml:"grace-period"`
}

type tunnelRule struct {
	Hostname string `yaml:"hostname"`
	Service  string `yaml:"service"`
	Origin   struct {
		ConnectTimeout time.Duration `yaml:"connectTimeout"`
		KeepAlive      int           `yaml:"keepAliveConnections"`
	} `yaml:"originRequest"`
}

// The tunnel leads the whole host to where the gateway of the page listens, under the name that it knows.
func TestTunnel(t *testing.T) {
	t.Parallel()
	var file tunnelFile
	strict := yaml.NewDecoder(bytes.NewReader([]byte(read(t, tunnelPage+"config.yml"))))
	strict.KnownFields(true)
	if err := strict.Decode(&file); err != nil {
		t.Fatal(err)
	}
	gateway := parsed(t, Blocks(read(t, tunnelPage+"README.md"))[0])
	public, err := url.Parse(gateway.PublicURL.Raw)
	if err != nil {
		t.Fatal(err)
	}
	if len(file.Ingress) != 2 {
		t.Fatalf("%d rules", len(file.Ingress))
	}
	host, rest := file.Ingress[0], file.Ingress[1]
	if host.Hostname != public.Host || host.Service != "http://"+gateway.Listen {
		t.Errorf("leads %s to %s; public_url is %s, listen %s", host.Hostname, host.Service, public, gateway.Listen)
	}
	if rest.Hostname != "" || rest.Service != "http_status:404" {
		t.Errorf("the last rule is %+v, and cloudflared wants one for everything", rest)
	}
	if want := "/etc/cloudflared/" + file.Tunnel + ".json"; file.Credentials != want {
		t.Errorf("credentials %s, want %s", file.Credentials, want)
	}
}

var (
	quoted  = regexp.MustCompile(`"([^"]*)"`)
	network = regexp.MustCompile(`\{([0-9a-f.:/]+)\}`)
)

// Every host and path in the firewall's rule, and in the commands, is one that the gateway of the page serves.
func TestTunnelRule(t *testing.T) {
	t.Parallel()
	page := read(t, tunnelPage+"README.md")
	gateway := parsed(t, Blocks(page)[0])
	public, err := url.Parse(gateway.PublicURL.Raw)
	if err != nil {
		t.Fatal(err)
	}
	_, rule, found := strings.Cut(page, "\n```text\n")
	if !found {
		t.Fatal("no rule in the page")
	}
	rule, _, _ = strings.Cut(rule, "\n```")
	want := []string{public.Host, public.Path, public.Path + "/", "/.well-known/"}
	var got []string
	for _, m := range quoted.FindAllStringSubmatch(rule, -1) {
		got = append(got, m[1])
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("the rule names %q, want %q", got, want)
	}
	for _, m := range network.FindAllStringSubmatch(page, -1) {
		if prefix, err := netip.ParsePrefix(m[1]); err != nil || prefix.Masked() != prefix {
			t.Errorf("the network %s: %v", m[1], err)
		}
	}
	metadata := public.Scheme + "://" + public.Host + "/.well-known/oauth-protected-resource" + public.Path
	for _, address := range []string{"ingress rule " + metadata + "\n", "curl -si " + public.String() + " "} {
		if !strings.Contains(page, address) {
			t.Errorf("the page does not say %q", address)
		}
	}
}

// Whatever a stranger wrote into the headers, the log has the address that connected to Cloudflare.
func TestTunnelClientAddress(t *testing.T) {
	t.Parallel()
	gateway := parsed(t, Blocks(read(t, tunnelPage+"README.md"))[0])
	proxies := edge.NewProxies(gateway.TrustedProxies)
	for _, forwarded := range []string{"198.51.100.7", "203.0.113.9, 198.51.100.7", "127.0.0.1, 198.51.100.7"} {
		r := &http.Request{RemoteAddr: "127.0.0.1:51234", Header: http.Header{
			"X-Forwarded-For":  {forwarded},
			"Cf-Connecting-Ip": {"198.51.100.7"},
			"Cf-Ray":           {"8f0a1b2c3d4e5f60-FRA"},
		}}
		if got := proxies.ClientAddr(r).String(); got != "198.51.100.7" {
			t.Errorf("X-Forwarded-For: %s: the client is %s", forwarded, got)
		}
	}
}

func parsed(t *testing.T, text string) *config.Config {
	t.Helper()
	opts := build.ConfigOptions(func(string) (string, bool) { return "", false })
	opts.ReadFile = secrets
	parsed, warnings, err := config.Parse("gateway.yaml", []byte(text), opts)
	if err != nil || len(warnings) > 0 {
		t.Fatalf("%v %v", err, warnings)
	}
	return parsed
}
