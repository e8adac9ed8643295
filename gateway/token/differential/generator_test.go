package differential

import (
	"crypto"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

var b64 = base64.RawURLEncoding

// twist is one thing that is odd about a token.
type twist struct {
	// name is unique, and the word before its first dash says what it is about: a token has one of each at most.
	name string
	// wrong tells that the token must be refused.
	wrong bool
	do    func(*draft)
}

func (w *twist) about() string {
	before, _, _ := strings.Cut(w.name, "-")
	switch before {
	case "alg", "kid", "key": // all of them decide by what the signature is verified
		return "sig"
	case "jwe":
		return "shape"
	}
	return before
}

// contradicts tells that one could undo the other.
func (w *twist) contradicts(x *twist) bool {
	const signature = "-signature" // the end of the names of what is done to the text of one
	return w.about() == x.about() || w.about() == "sig" && strings.HasSuffix(x.name, signature) ||
		x.about() == "sig" && strings.HasSuffix(w.name, signature)
}

// member is one of a JSON object, as text.
type member struct{ name, value string }

// draft is a token in the making.
type draft struct {
	g              *generator
	header, claims []member
	// key signs, with the algorithm that it names. It is a copy.
	key *tokentest.Key
	// text changes what header and claims were written as; compact the whole, afterwards.
	headText, claimText func(string) string
	signature           func(input string, sig []byte) []byte
	compact             func(parts []string) string
	now                 int64
}

// made is a token and what is odd about it.
type made struct {
	alg     string
	compact string
	twists  []*twist
}

func (m *made) good() bool {
	return !slices.ContainsFunc(m.twists, func(w *twist) bool { return w.wrong })
}

type generator struct {
	rand *rand.Rand
	is   *tokentest.Issuer
	// twists are sorted by what they are about.
	twists []*twist
	about  [][]*twist
	// rsa is the issuer's key that names no algorithm.
	rsa *tokentest.Key
	// stranger has a key of each algorithm that the issuer does not publish.
	stranger map[string]*tokentest.Key
}

// algs are the algorithms to sign with; those that cost most are rare.
var algs = []string{
	"ES256", "ES256", "ES256", "ES256", "EdDSA", "EdDSA", "EdDSA", "EdDSA", "RS256", "RS256", "RS256", "PS256", "PS256",
	"RS384", "RS512", "PS384", "PS512", "ES384", "ES512",
}

func newGenerator(is *tokentest.Issuer, anyRSA *tokentest.Key, r *rand.Rand) *generator {
	g := &generator{rand: r, is: is, rsa: anyRSA, stranger: map[string]*tokentest.Key{}}
	for _, alg := range algs {
		if g.stranger[alg] == nil {
			g.stranger[alg] = must(tokentest.NewKey(alg))
		}
	}
	lists := [][]*twist{signatures(), keyIDs(), headers(), types(), audiences(), times(), identities(), texts(), shapes()}
	places := map[string]int{}
	names := map[string]bool{}
	for _, w := range slices.Concat(lists...) {
		if names[w.name] {
			panic("two twists have the name " + w.name)
		}
		names[w.name] = true
		n, known := places[w.about()]
		if !known {
			n = len(g.about)
			places[w.about()] = n
			g.about = append(g.about, nil)
		}
		g.about[n] = append(g.about[n], w)
		g.twists = append(g.twists, w)
	}
	return g
}

// token makes one. Most have one oddity, so that it is that which decides.
func (g *generator) token() *made {
	count := []int{0, 1, 1, 1, 1, 1, 1, 2, 2, 3}[g.rand.IntN(10)]
	alg := algs[g.rand.IntN(len(algs))]
	d := g.draft(alg)
	m := &made{alg: alg}
	first := g.twists[g.rand.IntN(len(g.twists))] // each twist is as likely as any other
	for len(m.twists) < count {
		w := first
		if len(m.twists) > 0 {
			about := g.about[g.rand.IntN(len(g.about))]
			w = about[g.rand.IntN(len(about))]
		}
		if slices.ContainsFunc(m.twists, w.contradicts) {
			continue
		}
		w.do(d)
		m.twists = append(m.twists, w)
	}
	m.compact = d.finish()
	return m
}

func (g *generator) draft(alg string) *draft {
	key := *g.is.Key(alg)
	d := &draft{g: g, key: &key, now: time.Now().Unix()}
	d.header = []member{{"alg", quote(alg)}, {"typ", `"at+jwt"`}, {"kid", quote(key.ID)}}
	d.claims = []member{
		{"iss", quote(issuer)}, {"sub", `"ada"`}, {"aud", quote(resource)},
		{"exp", fmt.Sprint(d.now + 300)}, {"nbf", fmt.Sprint(d.now)}, {"iat", fmt.Sprint(d.now)},
		{"jti", quote(fmt.Sprint(g.rand.Uint64()))}, {"client_id", `"tokentest-client"`}, {"scope", `"coda:read coda:write"`},
	}
	return d
}

func (d *draft) finish() string {
	head, body := object(d.header), object(d.claims)
	if d.headText != nil {
		head = d.headText(head)
	}
	if d.claimText != nil {
		body = d.claimText(body)
	}
	compact := d.key.Sign([]byte(head), []byte(body))
	parts := strings.Split(compact, ".")
	if d.signature != nil {
		sig := d.signature(parts[0]+"."+parts[1], must(b64.DecodeString(parts[2])))
		parts[2] = b64.EncodeToString(sig)
	}
	if d.compact != nil {
		return d.compact(parts)
	}
	return strings.Join(parts, ".")
}

func object(members []member) string {
	texts := make([]string, len(members))
	for i, m := range members {
		texts[i] = quote(m.name) + ":" + m.value
	}
	return "{" + strings.Join(texts, ",") + "}"
}

func quote(s string) string { return string(must(json.Marshal(s))) }

// set replaces a member, or adds it.
func set(members *[]member, name, value string) {
	for i := range *members {
		if (*members)[i].name == name {
			(*members)[i].value = value
			return
		}
	}
	*members = append(*members, member{name, value})
}

func drop(members *[]member, name string) {
	*members = slices.DeleteFunc(*members, func(m member) bool { return m.name == name })
}

// The makers of twists: good ones are odd and right, bad ones must be refused.

func good(name string, do func(*draft)) *twist { return &twist{name, false, do} }

func bad(name string, do func(*draft)) *twist { return &twist{name, true, do} }

func claim(name string, value any) func(*draft) {
	return func(d *draft) { set(&d.claims, name, fmt.Sprint(value)) }
}

// at sets a claim to a time that is so many seconds from now, written in a format for an integer.
func at(name string, seconds int64, format string) func(*draft) {
	return func(d *draft) { set(&d.claims, name, fmt.Sprintf(format, d.now+seconds)) }
}

func header(name, value string) func(*draft) { return func(d *draft) { set(&d.header, name, value) } }

func without(name string) func(*draft) { return func(d *draft) { drop(&d.claims, name) } }

// body changes the claims as they are written, after whatever else does.
func body(f func(string) string) func(*draft) {
	return func(d *draft) { d.claimText = then(d.claimText, f) }
}

func head(f func(string) string) func(*draft) {
	return func(d *draft) { d.headText = then(d.headText, f) }
}

func then(first, second func(string) string) func(string) string {
	if first == nil {
		return second
	}
	return func(s string) string { return second(first(s)) }
}

// insert writes a member before all others.
func insert(text string) func(*draft) {
	return body(func(s string) string { return strings.Replace(s, "{", "{"+text+",", 1) })
}

// appendix writes a member after all others.
func appendix(text string) func(*draft) {
	return body(func(s string) string {
		if end := strings.LastIndexByte(s, '}'); end > 0 {
			return s[:end] + "," + text + s[end:]
		}
		return s
	})
}

func whole(f func(parts []string) string) func(*draft) { return func(d *draft) { d.compact = f } }

// hashOf is the hash of an algorithm.
func hashOf(alg string) crypto.Hash {
	switch {
	case strings.HasSuffix(alg, "384"):
		return crypto.SHA384
	case strings.HasSuffix(alg, "512"):
		return crypto.SHA512
	}
	return crypto.SHA256
}
