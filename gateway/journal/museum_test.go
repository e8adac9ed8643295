package journal

import (
	"os"
	"strings"
	"testing"
)

// What is wrong with a provider is the same from inside as from outside: for the worlds of the doctor's museum that a
// gateway can know of by its provider's document, the cause and the cure of an attempt that came to nothing.
func TestAProvidersFaultsAreTheDoctorsToo(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		world, code string
		change      func(*Provider)
		why, cure   string
	}{
		{"endpoints-none", "endpoints-missing", func(p *Provider) { p.Authorization = "" }, "no authorization_endpoint",
			"sign_in"},
		{"endpoints-relative", "endpoints-missing", func(p *Provider) { p.Token = "/token" }, "no URL", "public hostname"},
		{"endpoints-http", "endpoints-http", func(p *Provider) { p.Token = "http://id.example.com/token" }, "only https",
			"proxy-headers"},
		{"endpoints-inside", "endpoints-elsewhere", func(p *Provider) { p.Token = "https://keycloak.internal/token" },
			"of its own network", "hostname"},
		{"code-off", "no-authorization-code", func(p *Provider) { p.Grants = []string{"implicit", "refresh_token"} },
			"authorization code flow is off", "switch it on"},
		{"no-s256", "no-s256", func(p *Provider) { p.S256 = false }, "S256", "code_challenge_methods_supported"},
		{"no-registration", "no-registration", func(p *Provider) { p.Registration = "" }, "no way for clients to register",
			"by hand"},
		{"documents-without-none", "metadata-documents-without-none", func(p *Provider) {
			p.Registration, p.Documents = "", true
		}, "no clients without a secret", "allow public clients"},
		{"scopes-unknown", "scopes-unknown", func(p *Provider) { p.Unlisted = []string{"coda:everything"} },
			"coda:everything", "scopes.supported"},
	} {
		t.Run(test.world, func(t *testing.T) {
			t.Parallel()
			world, err := os.ReadFile("../handshake/walk/testdata/museum/" + test.world + ".txtar")
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(world), " "+test.code+" at ") {
				t.Errorf("the doctor does not find %s in\n%s", test.code, world)
			}
			p := usual().Providers[0]
			a := &attempt{}
			if why, cure := p.blame(a); why != "" {
				t.Fatalf("the usual provider is blamed: %s; %s", why, cure)
			}
			test.change(&p)
			why, cure := p.blame(a)
			if !strings.Contains(why, test.why) || !strings.Contains(cure, test.cure) {
				t.Errorf("got %q; %q", why, cure)
			}
		})
	}
}
