package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// answered is an answer of the gateway, byte for byte but for the date.
type answered struct {
	Status int
	Header http.Header
	Body   []byte
}

// sameAnswer answers every request as the gateway answered one, and does nothing else: so much net/http takes, and no
// handler takes less.
type sameAnswer struct{ is atomic.Pointer[answered] }

func (s *sameAnswer) set(encoded string) error {
	next := new(answered)
	if err := json.Unmarshal([]byte(encoded), next); err != nil {
		return err
	}
	s.is.Store(next)
	return nil
}

// ServeHTTP implements [http.Handler].
func (s *sameAnswer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	a := s.is.Load()
	if a == nil {
		http.Error(w, "nobody has said yet what to answer", http.StatusTeapot)
		return
	}
	h := w.Header()
	for name, values := range a.Header {
		h[name] = values
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body)
}

// asks makes one request of a load, and returns the answer.
func (l *load) asks(ctx context.Context) (*answered, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", l.addr)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return nil, err
	}
	request := bytes.Join([][]byte{l.request.before, []byte(l.tokens[0]), l.request.after}, nil)
	if _, err := c.Write(request); err != nil {
		return nil, err
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	a := &answered{Status: resp.StatusCode, Header: resp.Header}
	a.Header.Del("Date")
	a.Body, err = io.ReadAll(resp.Body)
	return a, err
}

// answersAs has a server of kind same answer as another one does.
func (p *process) answersAs(ctx context.Context, l *load) error {
	a, err := l.asks(ctx)
	if err != nil {
		return err
	}
	encoded, err := json.Marshal(a)
	if err != nil {
		return err
	}
	_, err = p.ask("answer " + string(encoded))
	return err
}

// verifyRSA is the CPU time that this machine takes to find that an RSA signature of 2 048 bits is none: crypto/rsa
// alone, the median of some rounds.
func verifyRSA() (time.Duration, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return 0, err
	}
	hash := sha256.Sum256([]byte("what was signed"))
	signature := make([]byte, key.Size())
	signature[len(signature)-1] = 2
	const times = 200
	var each []time.Duration
	for range 9 {
		before := cpuTime()
		for range times {
			if rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, hash[:], signature) == nil {
				return 0, fmt.Errorf("a made-up signature was accepted")
			}
		}
		each = append(each, (cpuTime()-before)/times)
	}
	return median(each), nil
}
