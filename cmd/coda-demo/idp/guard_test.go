package idp

import "testing"

func TestCheckAddress(t *testing.T) {
	t.Parallel()
	tests := []struct {
		address  string
		loopback bool
		ok       bool
	}{
		{"93.184.216.34:443", false, true},
		{"[2606:2800:220:1::1]:443", false, true},
		{"127.0.0.1:80", false, false}, // a public name that resolves to this machine
		{"127.0.0.1:80", true, true},
		{"[::1]:80", true, true},
		{"[::ffff:127.0.0.1]:80", false, false},
		{"10.0.0.1:80", true, false}, // "localhost" that resolves to elsewhere
		{"172.16.0.1:443", false, false},
		{"169.254.169.254:80", false, false},
		{"198.18.0.1:443", false, false},
		{"224.0.0.1:443", false, false},
		{"255.255.255.255:443", false, false},
		{"[2002:a00:1::]:443", false, false},
		{"nonsense", false, false},
	}
	for _, tt := range tests {
		if err := checkAddress(tt.address, tt.loopback); (err == nil) != tt.ok {
			t.Errorf("%s (loopback %v): %v", tt.address, tt.loopback, err)
		}
	}
}

func FuzzParseDocument(f *testing.F) {
	const id = "https://a.example/doc"
	f.Add([]byte(`{"client_id":"https://a.example/doc","redirect_uris":["https://a.example/cb"]}`))
	f.Add([]byte(`{"client_id":"https://a.example/doc","redirect_uris":["javascript:x"],"client_secret":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := parseDocument(id, body, nil)
		if err != nil {
			return
		}
		if c.id != id || c.secret != "" || c.authMethod != "none" || len(c.redirectURIs) == 0 {
			t.Errorf("accepted %q as %+v", body, c)
		}
		if err := checkRedirectURIs(c.redirectURIs); err != nil {
			t.Error(err)
		}
	})
}

func FuzzCanonicalResource(f *testing.F) {
	f.Add("HTTPS://A.example:443/mcp/")
	f.Add("http://[::1]:80?x=1")
	f.Fuzz(func(t *testing.T, resource string) {
		once, err := canonicalResource(resource)
		if err != nil {
			return
		}
		if again, err := canonicalResource(once); err != nil || again != once {
			t.Errorf("%q -> %q -> %q %v", resource, once, again, err)
		}
	})
}
