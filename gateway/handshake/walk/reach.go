package walk

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/address"
	"github.com/bestviable/coda-gateway/gateway/handshake"
)

// reach looks the name up, connects, and agrees on TLS.
func (w *walker) reach(ctx context.Context) bool {
	host := w.mcp.Hostname()
	if w.mcp.Scheme == "http" && !address.Loopback(host) {
		w.plainHTTP(w.event("read the URL"))
	}
	if p := w.net.behindProxy(w.mcp); p != nil {
		e := w.event("connect to " + w.mcp.Host)
		e.Skipped, e.Concludes = true, "requests go through the proxy "+clip(p.Host)+", which looks names up and connects"
		return true
	}
	if !w.lookUp(ctx, host) || !w.connect(ctx) {
		return false
	}
	w.everyAddress(ctx)
	return true
}

func (w *walker) plainHTTP(e *handshake.Event) {
	better := *w.mcp
	better.Scheme = "https"
	w.found(e, handshake.New(handshake.URLNotHTTPS, "The URL is "+clip(w.typed)+". Claude and ChatGPT accept only "+
		"https, and clients that accept http send tokens in the clear.", "Type "+clip(better.String())+"; if nothing "+
		"answers there, "+
		"put a proxy with a certificate in front."))
}

// lookUp finds the host's addresses, and looks whether hosted clients would go there.
func (w *walker) lookUp(ctx context.Context, host string) bool {
	e := w.event("look up " + clip(host))
	if isLiteral(host) {
		e.Request = "look at the address " + host
	}
	ctx, cancel := context.WithTimeout(ctx, w.cfg.RequestTimeout)
	defer cancel()
	list, err := w.net.resolve(ctx, host)
	if err != nil {
		e.Answer = "no answer: " + clip(err.Error())
		w.found(e, w.trouble(host, err))
		return false
	}
	e.Answer = addresses(list)
	w.judgeAddresses(e, host, list)
	return true
}

func isLiteral(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// judgeAddresses looks whether hosted clients come to a host.
func (w *walker) judgeAddresses(e *handshake.Event, host string, list []netip.Addr) {
	all, some := private(list)
	has4 := false
	for _, a := range list {
		has4 = has4 || a.Is4()
	}
	switch {
	case address.Loopback(host), isLiteral(host) && all:
		e.Concludes = "clients on this machine or in this network come here; hosted ones cannot"
		w.found(e, handshake.New(handshake.AddressPrivate, "Claude and ChatGPT connect from outside, and cannot reach "+
			clip(host)+".", "If it is meant only for clients on people's machines, do nothing; otherwise give it a public "+
			"name.").At(w.step))
	case all:
		w.found(e, handshake.New(handshake.DNSPrivate, fmt.Sprintf("From here, %s leads to %s. Hosted clients ask public "+
			"name servers.", clip(host), addresses(list)), "Ask one of those: dig "+clip(host)+" @1.1.1.1. Each address that "+
			"it names must be public for Claude and ChatGPT.").At(w.step))
	case some:
		w.found(e, handshake.New(handshake.DNSMixed, fmt.Sprintf("%s leads to %s. Claude checks every address before it "+
			"connects, and refuses if one is private.", clip(host), addresses(list)),
			"Remove the private addresses from public DNS.").At(w.step))
	case !has4:
		w.found(e, handshake.New(handshake.DNSIPv6Only, clip(host)+" has no IPv4 address ("+addresses(list)+"). Claude and "+
			"ChatGPT connect over IPv4 only.", "Add an A record, and make the proxy listen on IPv4.").At(w.step))
	case w.step == handshake.Reach:
		e.Concludes = "public, reachable over IPv4"
	}
}

// connect opens a connection once to see how that goes, before the requests do.
func (w *walker) connect(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, w.cfg.RequestTimeout)
	defer cancel()
	target := hostPort(w.mcp)
	e := w.event("connect to " + clip(target))
	conn, err := w.net.dial(ctx, "tcp", target)
	if err != nil {
		e.Answer = "no connection: " + clip(err.Error())
		w.found(e, w.trouble(w.mcp.Host, err))
		return false
	}
	defer conn.Close()
	if w.mcp.Scheme == "http" {
		e.Answer = "connected, without TLS"
		return true
	}
	secure := tls.Client(conn, &tls.Config{RootCAs: w.cfg.Roots, MinVersion: tls.VersionTLS12, Time: w.cfg.Now,
		ServerName: w.mcp.Hostname(), NextProtos: []string{"h2", "http/1.1"},
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			w.wantsCertificate = true
			return &tls.Certificate{}, nil
		}})
	if err := secure.HandshakeContext(ctx); err != nil {
		e.Answer = "no TLS: " + clip(err.Error())
		w.found(e, w.trouble(w.mcp.Host, err))
		return false
	}
	state := secure.ConnectionState()
	e.Answer = tls.VersionName(state.Version) + ", " + map[bool]string{true: "HTTP/2",
		false: "HTTP/1.1"}[state.NegotiatedProtocol == "h2"]
	if len(state.PeerCertificates) > 0 {
		c := state.PeerCertificates[0]
		e.Detail = append(e.Detail, fmt.Sprintf("certificate for %s by %s, until %s", clip(subjectOf(c)),
			clip(issuerName(c.Issuer.Organization, c.Issuer.CommonName)), moment(c.NotAfter)))
	}
	e.Concludes = "the certificate is good"
	return true
}

// everyAddress looks whether each of a host's addresses answers: where one does not, every other connection fails.
func (w *walker) everyAddress(ctx context.Context) {
	host, port, err := net.SplitHostPort(hostPort(w.mcp))
	if err != nil || isLiteral(host) {
		return
	}
	list, err := w.net.resolve(ctx, host)
	list = slices.DeleteFunc(slices.Clone(list), func(a netip.Addr) bool { return !a.Is4() })
	if all, some := private(list); err != nil || len(list) < 2 || some && !all {
		return
	}
	var dead []string
	for _, a := range list[:min(len(list), maxAddresses)] {
		ctx, cancel := context.WithTimeout(ctx, w.cfg.RequestTimeout)
		conn, err := w.net.dial(ctx, "tcp", net.JoinHostPort(a.String(), port))
		cancel()
		if err != nil {
			dead = append(dead, a.String())
			continue
		}
		_ = conn.Close()
	}
	if len(dead) == 0 || len(dead) == len(list) {
		return
	}
	e := w.event("connect to each address of " + clip(host))
	e.Answer = fmt.Sprintf("%d of %d do not answer", len(dead), len(list))
	w.found(e, handshake.New(handshake.TCPRefused, fmt.Sprintf("Nothing answers at %s, one of the addresses of %s: "+
		"connections fail now and then.", strings.Join(dead, " and "), clip(host)), "Remove the old address from DNS, "+
		"or start what should listen there.").As(handshake.Warning))
}

func issuerName(organization []string, common string) string {
	return strings.TrimSpace(strings.Join(append(organization, common), " "))
}

func addresses(list []netip.Addr) string {
	var out []string
	for i, a := range list {
		if i == maxAddresses {
			out = append(out, "…")
			break
		}
		out = append(out, a.String())
	}
	return strings.Join(out, ", ")
}
