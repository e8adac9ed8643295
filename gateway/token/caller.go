package token

import (
	"context"
	"net/netip"
)

type callerKey struct{}

// WithCaller tells [Verifier.Verify] the address of the client that presents the token, not that of a proxy before
// it. With it no single address can spend what all strangers together may ask an issuer about opaque tokens. IPv6
// addresses count by their /64, which one subscriber has to himself. Without an address, or with the zero one, only
// the common bound holds.
func WithCaller(ctx context.Context, addr netip.Addr) context.Context {
	return context.WithValue(ctx, callerKey{}, addr)
}

// callerOf is the network that counts as one caller; the zero Prefix = unknown.
func callerOf(ctx context.Context) netip.Prefix {
	addr, _ := ctx.Value(callerKey{}).(netip.Addr)
	addr = addr.Unmap().WithZone("")
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	p, err := addr.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}
