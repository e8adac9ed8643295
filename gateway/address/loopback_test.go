package address

import "testing"

func TestLoopback(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"localhost": true, "LocalHost": true, "localhost.": true, "app.localhost": true, "127.0.0.1": true, "127.9.9.9": true,
		"::1":   true,
		"[::1]": true, "::ffff:127.0.0.1": true,
		"": false, "localhost.example.com": false, "notlocalhost": false, "127.0.0.1.example.com": false, "128.0.0.1": false,
		"::2": false, "0.0.0.0": false,
		"::1%lo": false, "10.0.0.1": false,
	} {
		if got := Loopback(host); got != want {
			t.Errorf("%q: %v, want %v", host, got, want)
		}
	}
}
