// Package edge decides what can be decided from the outside of a request, before anybody is known: whether its Host and
// Origin are ours, what a browser may send, and which address it really comes from.
package edge

import (
	"net"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/address"
)

// Hosts is the allow-list for the Host header. It protects against DNS rebinding: a browser lured to an attacker's name
// that resolves to us says that name.
type Hosts struct {
	allowed map[string]bool
}

// NewHosts allows the given hosts, each as host or host:port in lower case. Loopback hosts are always allowed, with any
// port. A host without a port is allowed with the default ports too, as proxies differ in whether they keep them.
func NewHosts(hosts ...string) *Hosts {
	h := &Hosts{allowed: make(map[string]bool, 3*len(hosts))}
	for _, host := range hosts {
		host = strings.ToLower(host)
		h.allowed[host] = true
		if !hasPort(host) {
			h.allowed[host+":443"] = true
			h.allowed[host+":80"] = true
		}
	}
	return h
}

// Allow says whether a Host header is ours.
func (h *Hosts) Allow(host string) bool {
	return h.allowed[host] || h.allowed[strings.ToLower(host)] || IsLoopback(host)
}

func hasPort(host string) bool {
	_, _, err := net.SplitHostPort(host)
	return err == nil
}

// IsLoopback says whether host, with or without a port, is localhost or a loopback address.
func IsLoopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return address.Loopback(host)
}
