package tokentest

import (
	"crypto/rand"
	"crypto/rsa"
	"math/big"
	"sync"
)

// rsaBits is the size of the RSA keys that [NewKey] makes.
const rsaBits = 2048

// primes are what RSA keys are made of. Finding two for each key took most of the time of whole test suites, so a key
// takes one prime that others have, too: from n primes come n(n-1)/2 keys, of which no two are the same. Whoever knows
// two of them knows both; for tests that is no matter.
type primes struct {
	mu    sync.Mutex
	found []*big.Int
	// next is the first of the primes that make a pair with the last one found.
	next int
}

var rsaPrimes primes // shared by all issuers of a process, so that no two of them have the same key

// pair returns two primes that were not returned together before.
func (p *primes) pair() (a, b *big.Int, _ error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.next >= len(p.found)-1 {
		prime, err := rand.Prime(rand.Reader, rsaBits/2)
		if err != nil {
			return nil, nil, err
		}
		p.found, p.next = append(p.found, prime), 0
	}
	a, b = p.found[p.next], p.found[len(p.found)-1]
	p.next++
	return a, b, nil
}

// newRSAKey makes a key for tests.
func newRSAKey() (*rsa.PrivateKey, error) {
	one, e := big.NewInt(1), big.NewInt(65537)
	for {
		p, q, err := rsaPrimes.pair()
		if err != nil {
			return nil, err
		}
		order := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		n, d := new(big.Int).Mul(p, q), new(big.Int).ModInverse(e, order)
		if d == nil || n.BitLen() != rsaBits {
			continue // one prime in 65537 does not go with this exponent
		}
		key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: n, E: int(e.Int64())}, D: d, Primes: []*big.Int{p, q}}
		key.Precompute()
		return key, key.Validate()
	}
}
