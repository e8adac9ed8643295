package codatest

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
)

// idSource makes ids that look like Coda's and are the same in every run.
type idSource struct {
	rand *rand.Rand
	used map[string]bool
}

func newIDSource(seed uint64) *idSource {
	return &idSource{rand: rand.New(rand.NewPCG(seed, 0x1d5)), used: map[string]bool{}}
}

const idAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// next returns an unused id with the prefix, for example "canvas-".
func (s *idSource) next(prefix string) string {
	for {
		var b strings.Builder
		b.WriteString(prefix)
		for range 10 {
			b.WriteByte(idAlphabet[s.rand.IntN(len(idAlphabet))])
		}
		if id := b.String(); !s.used[id] {
			s.used[id] = true
			return id
		}
	}
}

// uuid returns an id of the kind that mutation requests and exports have.
func (s *idSource) uuid() string {
	a, b := s.rand.Uint64(), s.rand.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", uint32(a>>32), uint16(a>>16), uint16(a)&0xfff, uint16(b>>48)&0xfff,
		b&0xffffffffffff)
}

// claim takes an id that a fixture gave; it reports whether it was free.
func (s *idSource) claim(id string) bool {
	if s.used[id] {
		return false
	}
	s.used[id] = true
	return true
}

func joinPath(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(p))
	}
	return b.String()
}
