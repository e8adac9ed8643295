package fetch

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// Roots are the system's certificate authorities and those of a PEM file; nil, which means the system's, where there
// is none.
func Roots(file []byte) (*x509.CertPool, error) {
	if file == nil {
		return nil, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	found := false
	for rest := file; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("it contains a PEM block %q; keep only CERTIFICATE blocks in it", block.Type)
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("it contains a certificate that cannot be read: %w", err)
		}
		pool.AddCert(cert)
		found = true
	}
	if !found {
		return nil, errors.New("it contains no PEM certificate (-----BEGIN CERTIFICATE-----)")
	}
	return pool, nil
}

// AuthorityError is a certificate of an issuer that no known authority has signed. It says what to do, since the
// usual advice (DNS, firewall) leads nowhere.
type AuthorityError struct{ err error }

func (e *AuthorityError) Error() string { return e.err.Error() + "; " + AuthorityCure }

// AuthorityCure is what to do about an [AuthorityError].
const AuthorityCure = "if a private certificate authority signed it, name its PEM file in ca_file (or in the " +
	"environment variable SSL_CERT_FILE)"

func (e *AuthorityError) Unwrap() error { return e.err }

func explainTLS(err error) error {
	if _, unknown := errors.AsType[x509.UnknownAuthorityError](err); unknown {
		return &AuthorityError{err}
	}
	return err
}
