package address

import (
	"net/netip"
	"testing"
)

func TestPublicAddress(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]bool{
		"93.184.216.34": true, "2606:4700::1": true, "160.79.104.1": true,
		"127.0.0.1": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false, "169.254.169.254": false,
		"100.64.0.1": false,
		"0.0.0.0":    false, "224.0.0.1": false, "::1": false, "::": false, "fe80::1": false, "fd00::1": false,
		"::ffff:10.0.0.1":  false,
		"::ffff:127.0.0.1": false, "255.255.255.255": false,
		"0.1.2.3": false, "1.0.0.1": true, "100.63.255.255": true, "100.128.0.1": true, "192.0.0.1": false, "192.0.1.1": true,
		"198.17.255.255": true,
		"198.18.0.1":     false, "198.19.255.255": false, "198.20.0.1": true, "240.0.0.1": false, "254.1.1.1": false,
		"::ffff:198.18.0.1": false,
		"64:ff9b::10.0.0.1": false, "64:ff9b::7f00:1": false, "64:ff9b::1:0:1": true, "64:ff9b:1::a00:1": false,
		"64:ff9b:2::1": true,
		"::10.0.0.1":   false, "::7f00:1": false, "2002:a00:1::1": false, "2002:7f00:1::": false, "2003::1": true,
		"192.0.2.1":    false,
		"198.51.100.7": false, "203.0.113.7": false, "100::1": false, "2001::1": false, "2001:db8::1": false,
		"2001:200::1": true,
		"fec0::1":     false, "feff::1": false, "fec0::1%eth0": false, "fe80::1%eth0": false, "2606:4700::1%eth0": true,
	} {
		if got := Public(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: %v, want %v", addr, got, want)
		}
	}
}
