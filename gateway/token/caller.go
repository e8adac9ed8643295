package token

import (
	"context"
	"net/netip"
)

type callerKey struct{}

// WithCaller tells [Verifier.Verify] what [Verifier.VerifyFrom] takes as an argument.
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
