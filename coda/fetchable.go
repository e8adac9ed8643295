package coda

import (
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Fetchable says why Coda's servers cannot fetch what an address leads to; nil where nothing speaks against it. Coda
// fetches pictures and files from outside: from hosts of a private network it gets nothing, and keeps a broken image
// without a word.
func Fetchable(address string) error {
	if len(address) > maxRef {
		return errors.New("not a URL")
	}
	u, err := url.Parse(strings.TrimSpace(address))
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		return errors.New("not a URL")
	case u.User != nil:
		return errors.New("an address with a user name or password, which Coda does not send")
	case isPrivateHost(u.Hostname()):
		return errors.New("an address that Coda cannot reach")
	}
	return nil
}

// privateNames are the ends of names that own networks use, or that nothing on the internet has.
var privateNames = []string{"local", "localhost", "localdomain", "lan", "corp", "internal", "intranet", "private",
	"home", "home.arpa", "test", "invalid", "onion"}

// isPrivateHost is true of hosts that nobody outside can reach: names of one word, names of own networks, and addresses
// that are not of the internet, in each form in which a browser takes them.
func isPrivateHost(host string) bool {
	// Full-width letters, invisible ones and other dots are what browsers read as the plain ones.
	host = fold(strings.NewReplacer("。", ".", "｡", ".").Replace(norm.NFKC.String(host)))
	host = strings.TrimSuffix(host, ".")
	if ip, err := netip.ParseAddr(host); err == nil {
		return !isPublic(ip)
	}
	labels := strings.Split(host, ".")
	if isNumber(labels[len(labels)-1]) {
		ip, ok := parseIPv4(labels)
		return !ok || !isPublic(ip)
	}
	return len(labels) == 1 || slices.Contains(labels, "") || slices.ContainsFunc(privateNames, func(end string) bool {
		return strings.HasSuffix(host, "."+end)
	})
}

// isNumber is true of the last part of a name that makes it an IPv4 address (https://url.spec.whatwg.org, 3.5).
func isNumber(label string) bool {
	if strings.Trim(label, "0123456789") == "" {
		return label != ""
	}
	digits, hex := strings.CutPrefix(label, "0x")
	return hex && strings.Trim(digits, "0123456789abcdef") == ""
}

// parseIPv4 reads an address of one to four numbers, each decimal, octal (017) or hexadecimal (0xf); the last stands
// for all bytes that are left.
func parseIPv4(labels []string) (netip.Addr, bool) {
	if len(labels) > 4 {
		return netip.Addr{}, false
	}
	var address uint64
	for i, label := range labels {
		n, err := parsePart(label)
		last := i == len(labels)-1
		if err != nil || !last && n > 255 || last && n >= 1<<(8*(4-i)) {
			return netip.Addr{}, false
		}
		if last {
			address |= n
		} else {
			address |= n << (8 * (3 - i))
		}
	}
	return netip.AddrFrom4([4]byte{byte(address >> 24), byte(address >> 16), byte(address >> 8), byte(address)}), true
}

func parsePart(label string) (uint64, error) {
	if digits, hex := strings.CutPrefix(label, "0x"); hex {
		if digits == "" {
			return 0, nil
		}
		return strconv.ParseUint(digits, 16, 64)
	}
	if len(label) > 1 && label[0] == '0' {
		return strconv.ParseUint(label[1:], 8, 64)
	}
	return strconv.ParseUint(label, 10, 64)
}

// notPublic are the ranges of IANA's registries of special addresses beyond those that netip knows.
var notPublic = prefixes("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4", "::/96", "64:ff9b:1::/48", "100::/64", "2001::/23",
	"2001:db8::/32", "3fff::/20", "5f00::/16", "fec0::/10")

// embedding are ranges of IPv6 that lead to an IPv4 address, which begins at a byte of theirs.
var embedding = map[netip.Prefix]int{netip.MustParsePrefix("64:ff9b::/96"): 12, netip.MustParsePrefix("2002::/16"): 2}

func prefixes(list ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(list))
	for i, s := range list {
		all[i] = netip.MustParsePrefix(s)
	}
	return all
}

func isPublic(ip netip.Addr) bool {
	if ip.Zone() != "" {
		return false
	}
	ip = ip.Unmap()
	for prefix, at := range embedding {
		if bytes := ip.AsSlice(); prefix.Contains(ip) {
			return isPublic(netip.AddrFrom4([4]byte(bytes[at : at+4])))
		}
	}
	return ip.IsGlobalUnicast() && !ip.IsPrivate() &&
		!slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(ip) })
}
