package walk

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/bestviable/coda-gateway/gateway/handshake"
)

// trouble says why a host could not be spoken to. The fault is that of who runs the host: the proxy in front of the
// server, or the provider. There is none where the walk ended itself.
func (w *walker) trouble(host string, err error) handshake.Finding {
	if err == errEnough {
		return handshake.Finding{}
	}
	f := w.whichTrouble(host, err)
	if w.step >= handshake.ServerMetadata && f.Fault == handshake.Proxy {
		f.Fault = handshake.Provider
	}
	return f.At(w.step)
}

func (w *walker) whichTrouble(host string, err error) handshake.Finding {
	text := clip(err.Error())
	if f, ok := isForbidden(err); ok {
		return handshake.New(handshake.AddressForbidden, f.Error()+", and only a document names it; it was not asked.",
			"Make the document name the public host (Keycloak: hostname). If everything is meant to be internal, run the "+
				"doctor with --allow-private.")
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return w.nameTrouble(host, e)
	}
	if f, ok := certificateTrouble(host, err, w.cfg.Now()); ok {
		return f
	}
	if e, ok := errors.AsType[tls.RecordHeaderError](err); ok && e.Conn != nil || strings.Contains(text,
		"server gave HTTP response to HTTPS client") || strings.Contains(text, "does not look like a TLS handshake") {
		return handshake.New(handshake.TLSPlainHTTP, host+" answers in plain http where https was expected.",
			"Make the proxy end TLS at this port, or set tls in gateway.yaml; check whether the URL names the server's port "+
				"instead of the proxy's.", text)
	}
	if strings.Contains(text, "response headers exceeded") || strings.Contains(text, "response header list larger") {
		return handshake.New(handshake.AnswerTooLarge, fmt.Sprintf("%s answers with more than %d KiB of headers; clients "+
			"take 16 to 100.", host, maxHeaders>>10), "Find out which headers these are (curl -sD - -o /dev/null): most "+
			"often cookies, a page policy, or headers that a proxy adds again and again in a loop. Remove them for the MCP "+
			"path and /.well-known/.", text)
	}
	timeout, isNet := errors.AsType[net.Error](err)
	_, dialing := errors.AsType[*net.OpError](err)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return handshake.New(handshake.TCPRefused, "Nothing listens at "+host+".",
			"Start what should listen there; check its address, the port that a container publishes, and the firewall.",
			text)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), isNet && timeout.Timeout():
		if dialing && strings.Contains(text, "dial") {
			return handshake.New(handshake.TCPTimeout, "Nothing answers at "+host+".",
				"Open the port in the firewall, and check that the name leads to the right machine.", text)
		}
		return handshake.New(handshake.AnswerTimeout, fmt.Sprintf("%s did not answer within %s.", host, w.cfg.RequestTimeout),
			"Find out what it waits for: check its log, and that of the proxy in front.", text)
	// RFC 8446 §4.4.2.4 has the alert come when the client believes that all is well, and what it sends meanwhile may make
	// the connection end before the alert is read.
	case strings.Contains(text, "tls:") || strings.Contains(text, "remote error"),
		w.wantsCertificate && host == w.mcp.Host:
		return handshake.New(handshake.TLSHandshake, host+" does not agree on TLS: "+text+".",
			"Allow TLS 1.2 and 1.3, ask clients for no certificate, and make the proxy answer for this host name.", text)
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, syscall.EPIPE):
		return handshake.New(handshake.TCPReset, host+" takes the connection and cuts it before it answers.",
			"Check the proxy's log for this host, and look for a firewall that inspects traffic; try from another "+
				"network.", text)
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), dialing:
		return handshake.New(handshake.TCPTimeout, "There is no way to "+host+": "+text+".",
			"Check the route and the firewalls in between, and that the name leads to the right machine.", text)
	}
	return handshake.New(handshake.ProtocolBroken, host+" does not answer as HTTP does: "+text+".",
		"Check what listens there; the proxy and the server behind it must speak HTTP/1.1.", text)
}

// notReadable is a document that came and cannot be read: it is compressed, or endless.
func (w *walker) notReadable(a *answer) handshake.Finding {
	if a.packed != "" {
		return handshake.New(handshake.BodyTransformed, fmt.Sprintf("%s comes compressed with %s, which nobody asked for, "+
			"and many clients cannot undo.", clip(a.url), a.packed), "Make the proxy compress only on request "+
			"(Accept-Encoding), and never at the MCP path and below /.well-known/.", a.evidence()...).
			As(handshake.Error).At(w.step)
	}
	return handshake.New(handshake.AnswerTooLarge, fmt.Sprintf("What is at %s is longer than %d KiB, too long for "+
		"metadata.",
		clip(a.url), maxBody>>10), "Check what answers there: it is not a metadata document.", a.evidence()...).At(w.step)
}

// limitedAt is a document that is not given out as often as clients ask for it.
func (w *walker) limitedAt(a *answer) handshake.Finding {
	f := handshake.New(handshake.RateLimited, fmt.Sprintf("%s limits requests (429), for metadata too.%s", hostOf(a.url),
		by(a)), "Wait, and run this again. Never limit 160.79.104.0/21 by address: all of Claude comes from there.",
		a.evidence()...).At(w.step)
	if w.step >= handshake.ServerMetadata {
		f.Fault = handshake.Provider
	}
	return f
}

func (w *walker) nameTrouble(host string, e *net.DNSError) handshake.Finding {
	if e.IsNotFound {
		return handshake.New(handshake.DNSNotFound, "No name server knows "+host+".",
			"Look for a typo, create an A record for it, or wait until a new one has propagated.", clip(e.Error()))
	}
	return handshake.New(handshake.DNSFailed, host+" could not be looked up: "+clip(e.Error())+".",
		"Ask another name server (dig "+host+" @1.1.1.1); look at the zone's delegation, and at DNSSEC.", clip(e.Error()))
}

// certificateTrouble says what is wrong with a certificate.
func certificateTrouble(host string, err error, now time.Time) (handshake.Finding, bool) {
	var chain []*x509.Certificate
	if e, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		chain = e.UnverifiedCertificates
	}
	var evidence []string
	for i, c := range chain {
		if i == 3 {
			break
		}
		evidence = append(evidence, fmt.Sprintf("certificate %d: for %s, signed by %s, valid from %s to %s", i+1,
			clip(subjectOf(c)), clip(c.Issuer.String()), c.NotBefore.UTC().Format(time.DateOnly),
			c.NotAfter.UTC().Format(time.DateOnly)))
	}
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok && e.Reason == x509.Expired && e.Cert != nil {
		if now.Before(e.Cert.NotBefore) {
			return handshake.New(handshake.TLSNotYetValid, fmt.Sprintf("The certificate of %s is valid from %s on; here it "+
				"is %s.",
				host, moment(e.Cert.NotBefore), moment(now)),
				"Compare this machine's clock with that of the machine that made the certificate.", evidence...), true
		}
		return handshake.New(handshake.TLSExpired, fmt.Sprintf("The certificate of %s expired on %s.", host,
			moment(e.Cert.NotAfter)), "Renew it, reload it in the proxy, and find out why that did not happen automatically.",
			evidence...), true
	}
	if e, ok := errors.AsType[x509.HostnameError](err); ok {
		names := "no host"
		if e.Certificate != nil {
			names = clip(subjectOf(e.Certificate))
		}
		return handshake.New(handshake.TLSWrongHost, fmt.Sprintf("The certificate that answers for %s is for %s.", host,
			names),
			"Get one with this name (a wildcard covers one label), and check that the proxy has a site with this name.",
			evidence...), true
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return authorityTrouble(host, chain, evidence), true
	}
	if e, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return handshake.New(handshake.TLSAuthority, fmt.Sprintf("The certificate of %s is not accepted: %s.", host,
			clip(e.Err.Error())), authorityCure, evidence...), true
	}
	return handshake.Finding{}, false
}

const authorityCure = "Hosted clients need a certificate from a public authority. If a private authority signed " +
	"it, name its PEM file: for the provider in issuers[].ca_file, for this command in the environment variable " +
	"SSL_CERT_FILE."

// authorityTrouble tells the ways apart in which nobody is known who signed: a certificate that signs itself, one whose
// intermediate is missing, and an authority that is private.
func authorityTrouble(host string, chain []*x509.Certificate, evidence []string) handshake.Finding {
	if len(chain) == 0 {
		return handshake.New(handshake.TLSAuthority, "No authority that clients trust signed the certificate of "+host+".",
			authorityCure)
	}
	leaf, last := chain[0], chain[len(chain)-1]
	own := last.CheckSignatureFrom(last) == nil || last.Subject.String() == last.Issuer.String()
	switch {
	case len(chain) == 1 && own:
		return handshake.New(handshake.TLSSelfSigned, fmt.Sprintf("The certificate of %s is signed by its own key (%s).",
			host,
			clip(leaf.Issuer.String())), "Get one from a public authority (Let's Encrypt). Proxies present one like this "+
			"if they have none for the host.", evidence...)
	case !own && len(last.IssuingCertificateURL) > 0:
		return handshake.New(handshake.TLSChain, fmt.Sprintf("%s sends its certificate without that of %s, who signed it. "+
			"Browsers get it elsewhere; MCP clients do not.", host, clip(last.Issuer.String())),
			"Give the proxy the whole chain: fullchain.pem in place of cert.pem.", evidence...)
	}
	return handshake.New(handshake.TLSAuthority, fmt.Sprintf("The certificate of %s is signed by %s, which this "+
		"machine does not trust.", host, clip(last.Issuer.String())), authorityCure, evidence...)
}

// subjectOf is whom a certificate is for.
func subjectOf(c *x509.Certificate) string {
	var names []string
	names = append(names, c.DNSNames...)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		return c.Subject.String()
	}
	return strings.Join(names, ", ")
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// hostOf is the host of a URL with a port where it has one.
func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return clip(raw)
	}
	return clip(u.Host)
}
