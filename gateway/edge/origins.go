package edge

import (
	"net/url"
	"strings"
)

// Origins is the allow-list for the Origin header of the MCP endpoint (MCP transports: an invalid Origin is answered
// with 403).
type Origins struct {
	allowed map[string]bool
}

// NewOrigins allows the given origins, scheme://host[:port] in lower case, beside loopback ones with any port: those
// are tools on the person's own machine.
//
// MCP 2025-11-25, basic/transports: "Servers MUST validate the Origin header on all incoming connections to prevent
// DNS rebinding attacks"
func NewOrigins(origins ...string) *Origins {
	o := &Origins{allowed: make(map[string]bool, len(origins))}
	for _, origin := range origins {
		o.allowed[strings.ToLower(origin)] = true
	}
	return o
}

// Allow says whether a present Origin header may call the MCP endpoint.
func (o *Origins) Allow(origin string) bool {
	if o.allowed[origin] || o.allowed[strings.ToLower(origin)] {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil &&
		u.Path == "" && u.RawQuery == "" && u.Fragment == "" && IsLoopback(u.Host)
}
