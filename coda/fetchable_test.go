package coda_test

import (
	"testing"

	"github.com/bestviable/coda-gateway/coda"
)

// TestFetchable: Coda fetches pictures and files from outside, and gets nothing from hosts of a private network.
func TestFetchable(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"https://example.com/a.png", "http://example.com:8080/a", "https://EXAMPLE.com./a", "https://8.8.8.8/a",
		"https://[2606:4700::1111]/a", "https://xn--bcher-kva.example.com/", "https://bücher.de/a.png",
		"https://home.example.com/a", "https://local.example.com", "https://testing.org", "https://homes.com",
		"https://127.example.com/", "https://1.2.3.example.org/", "https://[::ffff:8.8.8.8]/", "https://134744072/",
		"https://codahosted.io/docs/d/blobs/bl-1", "https://[64:ff9b::808:808]/", "https://100.128.0.1/",
	} {
		if err := coda.Fetchable(address); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{
		// no addresses of pictures
		"", "a.png", "/a.png", "ftp://example.com/a", "data:image/png;base64,AAAA", "javascript:alert(1)", "https:///a",
		"https://user@example.com/a", "https://user:word@example.com/a", "https://@example.com/a",
		// this machine
		"https://localhost/a", "http://LOCALHOST:3000/", "https://a.localhost/", "https://127.0.0.1/", "https://127.1/",
		"https://127.9.9.9/", "https://2130706433/", "https://0x7f000001/", "https://0x7f.1/", "https://0177.0.0.1/",
		"https://017700000001/", "https://127.0.0.1./", "https://0/", "https://0.0.0.0/", "https://[::1]/", "https://[::]/",
		"https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[::127.0.0.1]/", "https://127。0。0。1/",
		"https://１２７.0.0.1/", "https://①②⑦.0.0.1/", "https://loc\u00adalhost/",
		// own networks
		"https://10.0.0.1/", "https://10.1/", "https://172.16.0.1/", "https://192.168.1.1/", "https://192.168.257/",
		"https://0xc0a80101/", "https://3232235777/", "https://169.254.169.254/latest/meta-data", "https://[fe80::1]/",
		"https://[fe80::1%25eth0]/", "https://[fd00::1]/", "https://[fec0::1]/", "https://100.64.0.1/",
		"https://100.127.255.254/", "https://[::ffff:10.0.0.1]/", "https://[64:ff9b::a00:1]/", "https://[2002:a00:1::]/",
		// nobody's
		"https://224.0.0.1/", "https://255.255.255.255/", "https://240.0.0.1/", "https://192.0.2.1/",
		"https://[2001:db8::1]/", "https://[ff02::1]/", "https://198.18.0.1/", "https://256.1.1.1/", "https://1.2.3.4.5/",
		"https://99999999999/", "https://08.0.0.1/",
		// names of own networks
		"https://intranet/a", "https://nas.local/a", "https://nas.LAN/a", "https://wiki.corp/a", "https://wiki.internal/a",
		"https://metadata.google.internal/", "https://a.intranet/", "https://a.home/", "https://a.home.arpa/",
		"https://a.test/", "https://a.localdomain/", "https://a.b.private/", "https://x.invalid/", "https://a.local./",
		"https://.com/", "https://a..com/",
	} {
		if coda.Fetchable(address) == nil {
			t.Errorf("%s: taken", address)
		}
	}
}

func FuzzFetchable(f *testing.F) {
	for _, seed := range []string{"https://example.com/a", "https://0x7f.1/", "https://[::ffff:7f00:1]/", "http://①.1/",
		"https://0.0x.00.1/", "https://a@b/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		first, second := coda.Fetchable(address), coda.Fetchable(address)
		if (first == nil) != (second == nil) {
			t.Errorf("%q: %v and %v", address, first, second)
		}
	})
}
