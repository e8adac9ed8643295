package site

import (
	"testing"

	"github.com/bestviable/coda-gateway/gateway/token"
)

// What other replicas refuse is refused beside the site's own list, for as long as they say so.
func TestElsewhere(t *testing.T) {
	t.Parallel()
	elsewhere := &Elsewhere{}
	r := newRevocations([]Revocation{{Subject: "own"}}, elsewhere)
	refuses := func(subject string) bool { return r.revoked(&token.Principal{Issuer: "i", Subject: subject}) }
	if refuses("ada") || !refuses("own") {
		t.Error("before anything was heard")
	}
	elsewhere.Set([]Revocation{{Subject: "ada", Issuer: "i"}, {Subject: "grace", Issuer: "j"}})
	if !refuses("ada") || refuses("grace") || !refuses("own") {
		t.Error("after it was heard")
	}
	elsewhere.Set(nil)
	if refuses("ada") {
		t.Error("after it was taken back")
	}
}
