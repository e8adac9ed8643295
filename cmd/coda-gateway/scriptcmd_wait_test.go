package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// until STATUS request|call|rpc ARG... repeats a request until it is answered with the status, for what happens by
// itself.
func until(w *world, ts *testscript.TestScript, neg bool, args []string) error {
	if neg || len(args) < 2 {
		return errors.New("usage: until STATUS request|call|rpc ARG...")
	}
	send, ok := map[string]func(*world, *testscript.TestScript, bool, []string) error{
		"request": request, "call": call, "rpc": rpc,
	}[args[1]]
	if !ok {
		return fmt.Errorf("cannot repeat %s", args[1])
	}
	return poll(func() error {
		if err := send(w, ts, false, args[2:]); err != nil {
			return err
		}
		if got := strconv.Itoa(w.last.status); got != args[0] {
			return fmt.Errorf("status %s, want %s", got, args[0])
		}
		return nil
	})
}

// poll tries until there is no error.
func poll(try func() error) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("after %v: %w", patience, err)
		}
	}
}

// certificate NAME CERT KEY writes a self-signed certificate of that common name, and its key.
func certificate(_ *world, ts *testscript.TestScript, neg bool, args []string) error {
	if neg || len(args) != 3 {
		return errors.New("usage: certificate NAME CERT KEY")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	now := time.Now()
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: args[0]}, DNSNames: []string{publicHost},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore:   now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(ts.MkAbs(args[1]), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600),
		os.WriteFile(ts.MkAbs(args[2]), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
}

// served-certificate NAME waits until new connections get the certificate of that name.
func servedCertificate(w *world, _ *testscript.TestScript, neg bool, args []string) error {
	if neg || len(args) != 1 {
		return errors.New("usage: served-certificate NAME")
	}
	return poll(func() error {
		//nolint:gosec // which certificate is served is the question
		anyCertificate := &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2", "http/1.1"}}
		conn, err := tls.Dial("tcp", w.address, anyCertificate)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close() }()
		if got := conn.ConnectionState().PeerCertificates[0].Subject.CommonName; got != args[0] {
			return fmt.Errorf("the certificate of %s is served, want %s", got, args[0])
		}
		return nil
	})
}

// hold call|request ARG... sends a request in the background; released waits for its answer.
func hold(w *world, ts *testscript.TestScript, neg bool, args []string) error {
	if neg || len(args) < 2 || args[0] != "call" {
		return errors.New("usage: hold call ARG...")
	}
	// The answer of the background request is its own.
	ctx, leave := context.WithCancel(context.Background())
	side := &world{address: w.address, client: w.client, secrets: w.secrets, ctx: ctx, leave: leave}
	done := make(chan error, 1)
	w.held, w.heldDone = side, done
	go func() { done <- call(side, ts, false, args[1:]) }()
	return nil
}

// abandon: the client of what hold sent goes away before the answer.
func abandon(w *world, _ *testscript.TestScript, neg bool, args []string) error {
	if neg || len(args) > 0 || w.held == nil {
		return errors.New("usage, after hold: abandon")
	}
	w.held.leave()
	select {
	case err := <-w.heldDone:
		if err == nil {
			return errors.New("the answer came before the client went away")
		}
		return nil
	case <-time.After(patience):
		return fmt.Errorf("the client still waits after %v", patience)
	}
}

// released waits for the answer of what hold sent, and makes it the last answer.
func released(w *world, _ *testscript.TestScript, neg bool, args []string) error {
	if neg || len(args) > 0 || w.held == nil {
		return errors.New("usage, after hold: released")
	}
	select {
	case err := <-w.heldDone:
		w.last, w.again = w.held.last, nil
		return err
	case <-time.After(patience):
		return fmt.Errorf("no answer after %v", patience)
	}
}
