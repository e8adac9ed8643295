package main

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

const (
	publicURL = "https://mcp.example.com/mcp"
	// connections of a load, as in wrk's and everybody's tables.
	connections = 16
	// loadCore and serverCore are the two cores.
	loadCore, serverCore = 0, 1
)

// bench is what the sections share.
type bench struct {
	settings
	report report
	// rs256 and es256 are the issuers; they live with the load.
	rs256, es256 *tokentest.Issuer
	// pinned says whether server and load have a core each.
	pinned  bool
	scratch string
	good    []string
}

// manyTokens is the most distinct tokens that a load uses.
const manyTokens = 10_000

func newBench(s settings) (*bench, error) {
	b := &bench{settings: s}
	var err error
	if b.scratch, err = os.MkdirTemp("", "bench"); err != nil {
		return nil, err
	}
	if b.rs256, err = tokentest.Start(tokentest.Options{Algorithms: []string{"RS256"}}); err != nil {
		return nil, err
	}
	if b.es256, err = tokentest.Start(tokentest.Options{Algorithms: []string{"ES256"}}); err != nil {
		return nil, err
	}
	b.pin()
	return b, nil
}

func (b *bench) close() {
	b.rs256.Close()
	b.es256.Close()
	os.RemoveAll(b.scratch)
}

// pin moves this process to its core where there are two and a tool to do it.
func (b *bench) pin() {
	if runtime.NumCPU() < 2 {
		return
	}
	runtime.GOMAXPROCS(1)
	if exec.Command("taskset", "-c", strconv.Itoa(serverCore), "true").Run() != nil {
		return
	}
	b.pinned = exec.Command("taskset", "-a", "-c", "-p", strconv.Itoa(loadCore), strconv.Itoa(os.Getpid())).Run() == nil
}

// tokens returns n good tokens of the RS256 issuer.
func (b *bench) tokens(n int) []string {
	for len(b.good) < n {
		b.good = append(b.good, good(b.rs256))
	}
	return b.good[:n]
}

// people returns good tokens of so many people.
func (b *bench) people(n int) []string {
	tokens := make([]string, n)
	for i := range tokens {
		tokens[i] = b.rs256.Token(publicURL, map[string]any{
			"sub": fmt.Sprintf("5f0d6c1e-2f8e-4a6c-9a53-%012d", i), "exp": time.Now().Add(12 * time.Hour).Unix(),
			"email": fmt.Sprintf("person.%d@example.com", i), "name": fmt.Sprintf("Person Number %d", i),
		})
	}
	return tokens
}

// good mints a token that outlives the run.
func good(i *tokentest.Issuer) string {
	return i.Token(publicURL, map[string]any{"exp": time.Now().Add(12 * time.Hour).Unix()})
}

// The kinds of tokens that must be refused. Only a bad signature makes the gateway do arithmetic.
const (
	randomKid    = "random kid"
	badSignature = "bad signature"
	expired      = "expired"
	garbage      = "garbage"
)

// badTokens makes n distinct tokens of a kind that must be refused.
func (b *bench) badTokens(kind string, n int) ([]string, error) {
	key := b.rs256.Key("RS256")
	sample := good(b.rs256)
	signature := sample[strings.LastIndexByte(sample, '.')+1:]
	out := make([]string, n)
	for i := range out {
		switch kind {
		case randomKid:
			// The signature does not matter: there is no key to try it with.
			unsigned := key.Mint(map[string]any{"kid": rand.Text()}, b.rs256.Claims(publicURL))
			out[i] = unsigned[:strings.LastIndexByte(unsigned, '.')+1] + signature
		case badSignature:
			head := sample[:len(sample)-len(signature)]
			raw := make([]byte, len(signature)*3/4)
			rand.Read(raw)
			raw[0] = 0 // below the modulus, or it would not be tried
			out[i] = head + base64.RawURLEncoding.EncodeToString(raw)
		case expired:
			out[i] = b.rs256.Token(publicURL, map[string]any{"exp": time.Now().Add(-time.Hour).Unix()})
		case garbage:
			raw := make([]byte, 600)
			rand.Read(raw)
			out[i] = base64.RawURLEncoding.EncodeToString(raw)
		default:
			return nil, fmt.Errorf("there is no kind of token %q", kind)
		}
	}
	return out, nil
}
