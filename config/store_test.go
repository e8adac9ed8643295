package config

import (
	"fmt"
	"strings"
	"testing"
)

// Where the store is, its password from wherever, and what is shown of it.
func TestStoreAddresses(t *testing.T) {
	t.Parallel()
	secrets := map[string]string{
		"PASSWORD": "p@ss/w:rd%20", "URL": "rediss://ada:s%40cret@valkey.example.com:6380/2", "PLAIN": "redis://valkey",
		"CODA_TOKEN": "coda-token",
	}
	lookup := func(name string) (string, bool) { v, ok := secrets[name]; return v, ok }
	for store, want := range map[string][2]string{
		`""`:                               {"", `""`},
		"redis://127.0.0.1":                {"redis://127.0.0.1:6379/", "redis://127.0.0.1:6379/"},
		"redis://valkey:6380/7":            {"redis://valkey:6380/7", "redis://valkey:6380/7"},
		`"redis://[::1]:6380"`:             {"redis://[::1]:6380/", "redis://[::1]:6380/"},
		"rediss://ada:${env:PASSWORD}@v":   {"rediss://ada:p%40ss%2Fw%3Ard%2520@v:6379/", "rediss://ada:***@v:6379/"},
		"rediss://:${env:PASSWORD}@v:1/15": {"rediss://:p%40ss%2Fw%3Ard%2520@v:1/15", "rediss://:***@v:1/15"},
		"${env:PLAIN}":                     {"redis://valkey:6379/", `"***"`},
		"${env:URL}":                       {"rediss://ada:s%40cret@valkey.example.com:6380/2", `"***"`},
	} {
		file := "public_url: https://mcp.example.com/mcp\nissuers: [{url: https://id.example.com}]\n" +
			"coda: {token: \"${env:CODA_TOKEN}\"}\nlimits:\n  store: " + store + "\n"
		cfg, _, err := Parse("gateway.yaml", []byte(file), Options{Lookup: lookup})
		if err != nil {
			t.Errorf("%s: %v", store, err)
			continue
		}
		if got := cfg.Limits.Store.URL.Reveal(); got != want[0] {
			t.Errorf("%s is %s, want %s", store, got, want[0])
		}
		shown := cfg.String()
		if !strings.Contains(shown, "\n  store: "+want[1]+"\n") {
			t.Errorf("%s is shown as %s", store, shown)
		}
		for name, secret := range secrets {
			if name != "PLAIN" && strings.Contains(fmt.Sprintf("%+v", cfg), secret) {
				t.Errorf("%s shows %s", store, name)
			}
		}
	}
}
