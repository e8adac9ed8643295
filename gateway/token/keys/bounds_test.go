package keys

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/token/fetch"
)

// What lies exactly at a bound, and each of several reasons alone: a changed operator went unnoticed there.
func TestRSAKeysAtTheBounds(t *testing.T) {
	t.Parallel()
	enc := base64.RawURLEncoding.EncodeToString
	modulus := func(bits uint, odd bool) string {
		n := new(big.Int).Lsh(big.NewInt(1), bits-1)
		if odd {
			n.SetBit(n, 0, 1)
		}
		return enc(n.Bytes())
	}
	exponent := func(e int64) string { return enc(big.NewInt(e).Bytes()) }
	good := modulus(2048, true)
	for name, test := range map[string]struct {
		n, e string
		fine bool
	}{
		"usual": {good, "AQAB", true}, "padded": {good + "==", "AQAB", true}, "least": {good, exponent(3), true},
		"most": {good, exponent(1<<31 - 1), true}, "8192 bits": {modulus(8192, true), "AQAB", true},
		"8193 bits": {modulus(8193, true), "AQAB", false}, "2047 bits": {modulus(2047, true), "AQAB", false},
		"one": {good, exponent(1), false}, "two": {good, exponent(2), false}, "even": {good, exponent(65536), false},
		"four": {good, exponent(4), false}, "large": {good, exponent(1<<31 + 1), false},
		"five bytes":  {good, "AQAAAAE", false},
		"no exponent": {good, "", false}, "no base64": {good, "!", false},
		"base64 at first": {good, "AQAB!", false}, "no modulus": {"", "AQAB", false},
		"modulus is no base64": {"!", "AQAB", false}, "even modulus": {modulus(2048, false), "AQAB", false},
	} {
		if _, err := rsaKey(test.n, test.e); (err == nil) != test.fine {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := rsaKey(good, ""); err == nil || !strings.Contains(err.Error(), "e is not") {
		t.Errorf("no exponent: %v", err)
	}
}

// What a document does not say is not so.
func TestWhatADocumentSays(t *testing.T) {
	t.Parallel()
	place := &Place{Issuer: "https://id.example.com"}
	for text, want := range map[string]Discovery{
		`{"issuer":"https://id.example.com"}`:                                                       {},
		`{"issuer":"https://id.example.com","authorization_response_iss_parameter_supported":true}`: {IssParameter: true},
		`{"issuer":"https://id.example.com","client_id_metadata_document_supported":true}`: {
			ClientIDMetadataDocuments: true},
		`{"issuer":"https://id.example.com","authorization_response_iss_parameter_supported":"true"}`: {},
	} {
		got, err := ParseDiscovery([]byte(text), place)
		if err != nil || got.IssParameter != want.IssParameter ||
			got.ClientIDMetadataDocuments != want.ClientIDMetadataDocuments {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
}

// A document of somebody else is told alone, though other places were tried before and after.
func TestWhyThereIsNoDocument(t *testing.T) {
	t.Parallel()
	other := &MismatchError{}
	err := noDocument([]Attempt{{Err: errors.New("nothing there")}, {Err: other}, {Err: errors.New("nor there")}})
	if !errors.Is(err, other) || strings.Contains(err.Error(), "nothing there") {
		t.Error(err)
	}
}

// A provider has answered where each place has nothing, or somebody else's document.
func TestWhetherAProviderAnswered(t *testing.T) {
	t.Parallel()
	gone, absent := &fetch.StatusError{Status: http.StatusGone}, &fetch.StatusError{Status: http.StatusNotFound}
	busy, away := &fetch.StatusError{Status: http.StatusServiceUnavailable}, errors.New("no such host")
	other := fmt.Errorf("https://a: %w", &MismatchError{Got: "https://a", Want: "https://b"})
	for _, test := range []struct {
		causes []error
		want   bool
	}{
		{nil, false},
		{[]error{absent}, true}, {[]error{gone}, true}, {[]error{other}, true}, {[]error{absent, other, gone}, true},
		{[]error{busy}, false}, {[]error{away}, false}, {[]error{absent, busy}, false}, {[]error{away, other}, false},
	} {
		if got := Answered(test.causes); got != test.want {
			t.Errorf("%v: %v, want %v", test.causes, got, test.want)
		}
	}
	for name, test := range map[string]struct {
		err  error
		want []error
	}{
		"nothing": {nil, nil}, "one": {away, []error{away}},
		"of several places": {fmt.Errorf("no document: %w", &placesError{"text", []error{absent, away}}),
			[]error{absent, away}},
	} {
		if got := Causes(test.err); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

// What is the same at several places is said once, in the order in which they were tried.
func TestTell(t *testing.T) {
	t.Parallel()
	got := Tell([]Attempt{
		{Form: Form{URL: "https://a"}, Err: errors.New("404")},
		{Form: Form{URL: "https://b"}, Err: errors.New("https://b: 503")},
		{Form: Form{URL: "https://c"}}, {Form: Form{URL: "https://d"}, Err: errors.New(`Get "https://d": 404`)},
		{Form: Form{URL: "https://e"}, Err: errors.New("https://e answered 404 Not Found")},
		{Form: Form{URL: "https://f"}, Err: errors.New("https://f answered 404 Not Found")},
	})
	if want := "https://a, https://d: 404; https://b: 503; https://e, https://f: answered 404 Not Found"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// The waiting room holds so many of each kind, and of one caller; who leaves makes place.
func TestRoomAtTheBounds(t *testing.T) {
	t.Parallel()
	fill := func(name string, most int, one func(n int) lane) {
		r := newRoom()
		for n := range most {
			if !r.enter(one(n)) {
				t.Fatalf("%s: full after %d", name, n)
			}
		}
		if r.enter(one(most)) {
			t.Errorf("%s: more than %d wait", name, most)
		}
		r.leave(one(0))
		if !r.enter(one(0)) || r.enter(one(most)) {
			t.Errorf("%s: who left made no place for one", name)
		}
		for n := range most {
			r.leave(one(n))
		}
		if r.known != 0 || r.strangers != 0 || len(r.lanes) != 0 {
			t.Errorf("%s: %+v is left of nobody", name, r)
		}
	}
	fill("strangers", roomForStrangers, func(n int) lane { return lane{key: uint64(n)} })
	fill("known", roomForKnown, func(n int) lane { return lane{key: uint64(n), known: true} })
	fill("one caller", roomForOne, func(int) lane { return lane{key: 7, known: true} })
}
