package signin

import (
	"context"
	"crypto/rand"
	"net/url"

	"golang.org/x/oauth2"

	"github.com/bestviable/coda-gateway/gateway/address"
)

// browser signs in with a browser on this machine.
func (f *flow) browser(ctx context.Context) (*oauth2.Token, error) {
	if f.doc.AuthorizationEndpoint == "" || f.doc.TokenEndpoint == "" {
		return nil, &Refusal{Text: "the provider's metadata names no authorization_endpoint or no token_endpoint",
			Cure: "people cannot sign in there; name another issuer in sign_in"}
	}
	if err := f.visitable(f.doc.AuthorizationEndpoint); err != nil {
		return nil, err
	}
	state, verifier := rand.Text(), oauth2.GenerateVerifier()
	back, err := listen(ctx, f.cfg.Redirect, state)
	if err != nil {
		return nil, err
	}
	defer back.close()
	if err := f.identify(ctx, back.redirect); err != nil {
		return nil, err
	}
	o := f.oauth(back.redirect)
	f.cfg.Show(Prompt{URL: o.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier), f.resource()),
		Redirect: back.redirect})
	var answer url.Values
	select {
	case answer = <-back.answers:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	code, err := f.code(answer)
	if err != nil {
		return nil, err
	}
	return o.Exchange(f.with(ctx), code, oauth2.VerifierOption(verifier), f.resource())
}

// code takes the code out of an answer whose state was ours. Who else than the provider we asked may have sent it is
// looked at first (RFC 9207 §2.4), also where the provider does not promise to say.
//
// RFC 9207 §2.4: "clients MUST reject the authorization response and MUST NOT proceed with the authorization grant."
func (f *flow) code(answer url.Values) (string, error) {
	for _, name := range []string{"code", "error", "iss"} {
		if len(answer[name]) > 1 {
			return "", &Refusal{Text: "the provider's answer says " + name + " twice",
				Cure: "RFC 6749 §3.1 forbids that; ask the provider's operator"}
		}
	}
	iss := answer.Get("iss")
	if iss != f.doc.Issuer && (iss != "" || f.doc.IssParameter) {
		return "", &Refusal{Text: "the answer carries iss " + quote(iss) + ", but the provider is " +
			quote(f.doc.Issuer) + " (RFC 9207)",
			Cure: "clients refuse it too. Where a proxy changes names, set the provider's public hostname; otherwise " +
				"somebody is in between"}
	}
	if code := answer.Get("error"); code != "" {
		return "", errAnswer{code, answer.Get("error_description")}
	}
	if answer.Get("code") == "" {
		return "", &Refusal{Text: "the provider's answer carries neither a code nor an error",
			Cure: "it must support the authorization code flow with response_mode query"}
	}
	return answer.Get("code"), nil
}

// visitable holds a page of the provider to what a browser may be sent to: a document must not start programs.
func (f *flow) visitable(page string) error {
	u, err := url.Parse(page)
	if err == nil && u.Host != "" && u.User == nil && (u.Scheme == "https" ||
		u.Scheme == "http" && (address.Loopback(u.Hostname()) || f.cfg.Issuer.AllowHTTP)) {
		return nil
	}
	return &Refusal{Text: "the provider sends people to " + quote(page) + ", which is not https",
		Cure: "the provider believes that it is reached by http: set its public hostname, and let it trust the proxy " +
			"before it"}
}
