package walktest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"testing"
	"time"
)

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// sign makes a certificate; a nil parent signs itself.
func sign(parent *authority, template x509.Certificate) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		return nil, err
	}
	template.SerialNumber = serial
	if template.NotBefore.IsZero() {
		template.NotBefore = time.Now().Add(-time.Hour)
	}
	if template.NotAfter.IsZero() {
		template.NotAfter = time.Now().Add(24 * time.Hour)
	}
	by, with := &template, key
	if parent != nil {
		by, with = parent.cert, parent.key
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, by, &key.PublicKey, with)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return &authority{cert, key}, err
}

func ca(name string) x509.Certificate {
	return x509.Certificate{Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign}
}

func newAuthority() (*authority, error) { return sign(nil, ca("A public authority")) }

// certificate is what a host shows, good or not.
func (h *Host) certificate(root *authority) (tls.Certificate, error) {
	leaf := x509.Certificate{Subject: pkix.Name{CommonName: h.Name}, DNSNames: []string{h.Name},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	if a, err := netip.ParseAddr(h.Name); err == nil {
		leaf.DNSNames, leaf.IPAddresses = nil, []net.IP{a.AsSlice()}
	}
	by := root
	var rest [][]byte
	var err error
	switch h.TLS {
	case "expired":
		leaf.NotBefore, leaf.NotAfter = time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour)
	case "not-yet":
		leaf.NotBefore, leaf.NotAfter = time.Now().Add(24*time.Hour), time.Now().Add(48*time.Hour)
	case "wrong-host":
		leaf.DNSNames = []string{"other.example.net"}
	case "self-signed":
		by = nil
	case "private":
		if by, err = sign(nil, ca("Company Root CA")); err != nil {
			return tls.Certificate{}, err
		}
		rest = append(rest, by.cert.Raw)
	case "incomplete":
		leaf.IssuingCertificateURL = []string{"http://authority.example/intermediate.der"}
		if by, err = sign(root, ca("An intermediate")); err != nil {
			return tls.Certificate{}, err
		}
	}
	made, err := sign(by, leaf)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: append([][]byte{made.cert.Raw}, rest...), PrivateKey: made.key}, nil
}

// start serves the host on a port of this machine.
func (h *Host) start(t testing.TB, root *authority) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.listener = l
	server := &http.Server{Handler: h, ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: time.Minute}
	served := make(chan struct{})
	go func() {
		defer close(served)
		switch {
		case h.Port == "reset":
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				_ = c.Close()
			}
		case h.TLS == "plain" || h.TLS == "none":
			_ = server.Serve(l)
		default:
			cert, err := h.certificate(root)
			if err != nil {
				t.Error(err)
				return
			}
			server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
			switch h.TLS {
			case "h2-only":
				server.Protocols = new(http.Protocols)
				server.Protocols.SetHTTP2(true)
			case "client-certificate":
				server.TLSConfig.ClientAuth = tls.RequireAnyClientCert
			case "old":
				server.TLSConfig.MinVersion, server.TLSConfig.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
			}
			_ = server.ServeTLS(l, "", "")
		}
	}()
	t.Cleanup(func() {
		_ = server.Close()
		_ = l.Close()
		<-served
	})
}
