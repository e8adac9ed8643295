package walk

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/gateway/handshake"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// explain goes through the checks of package token, which is what coda-gateway makes of a token: by the configuration
// where it is known, or else as any server would check it whose URL is the audience. nil = it cannot be done.
func (w *walker) explain(ctx context.Context, bearer string) *token.Explanation {
	if w.cfg.Known != nil && w.cfg.Known.Explain != nil {
		return w.cfg.Known.Explain(ctx, bearer)
	}
	if w.server == nil {
		return nil
	}
	issuer, err := token.Preset(w.providerName())
	if err != nil {
		return nil
	}
	issuer.URL = w.server.Issuer
	v, err := token.New(token.Config{Resource: w.canonical(), Issuers: []token.Issuer{issuer}, HTTP: w.net.transport,
		Now: w.cfg.Now})
	if err != nil {
		return nil
	}
	return v.Explain(ctx, bearer)
}

// failed is the first check that a token does not pass; nil = it passes all that could be made.
func failed(x *token.Explanation) *token.Step {
	if x == nil {
		return nil
	}
	for i := range x.Steps {
		if x.Steps[i].Outcome == token.Failed {
			return &x.Steps[i]
		}
	}
	return nil
}

// whyNot says in a few words what is wrong with a token.
func (w *walker) whyNot(ctx context.Context, g Grant) string {
	if s := failed(w.explain(ctx, g.AccessToken)); s != nil {
		return wrong(s)
	}
	return "as far as can be seen from here, it is good"
}

// wrong is a check that failed, in a few words.
func wrong(s *token.Step) string {
	name := s.Name + " is "
	if s.Name == "shape" {
		name = "it is "
	}
	return name + clip(s.Got) + ", and wanted is " + clip(s.Wanted)
}

// claimsOf are the claims that decide, for people to read. The token itself is shown nowhere.
func claimsOf(x *token.Explanation) []string {
	if x == nil || x.Claims == nil {
		return nil
	}
	var out []string
	for _, name := range []string{"iss", "aud", "scope", "scp", "azp", "client_id"} {
		if v, ok := x.Claims[name]; ok {
			out = append(out, name+": "+clip(fmt.Sprint(v)))
		}
	}
	for _, name := range []string{"iat", "exp"} {
		if f, ok := x.Claims[name].(float64); ok {
			out = append(out, name+": "+time.Unix(int64(f), 0).UTC().Format(time.RFC3339))
		}
	}
	return out
}

// byReason are the findings that a refused token comes down to.
var byReason = map[token.Reason]handshake.Code{
	token.ReasonAudience: handshake.TokenAudience, token.ReasonUnknownIssuer: handshake.TokenIssuer,
	token.ReasonTenant: handshake.TokenIssuer, token.ReasonExpired: handshake.TokenTime,
	token.ReasonNotYetValid: handshake.TokenTime, token.ReasonRevoked: handshake.TokenTime,
	token.ReasonOpaque: handshake.TokenOpaque, token.ReasonEncrypted: handshake.TokenOpaque,
	token.ReasonIDToken: handshake.TokenKind, token.ReasonType: handshake.TokenKind,
	token.ReasonBoundToken: handshake.TokenKind,
	token.ReasonUnknownKey: handshake.TokenSignature, token.ReasonSignature: handshake.TokenSignature,
	token.ReasonAlgorithm: handshake.TokenSignature,
}

// unauthorized says why a server does not take a token.
func (w *walker) unauthorized(ctx context.Context, a *answer, g Grant) handshake.Finding {
	x := w.explain(ctx, g.AccessToken)
	evidence := append(a.evidence(), claimsOf(x)...)
	s := failed(x)
	if aud := w.slashAudience(x); s == nil && aud != "" {
		return handshake.New(handshake.TokenAudience, "The server answers 401 to the token, whose aud is "+clip(aud)+
			", and calls itself "+clip(w.resource.Resource)+": the slash at the end differs.", "Have the provider put "+
			clip(w.resource.Resource)+" into aud, byte for byte, or have the server take both for the same.", evidence...)
	}
	if s == nil {
		text := "The server answers 401 to the token"
		if said := saidIn(a); said != "" {
			text += " (" + quote(said) + ")"
		}
		return handshake.New(handshake.CallUnauthorized, text+", which is good by all that can be seen from here.",
			"Check the server's log for its reason; coda-gateway logs one in each line, and 'coda-gateway token' goes "+
				"through all of its checks.", evidence...)
	}
	code, known := byReason[s.Reason]
	if !known {
		code = handshake.CallUnauthorized
	}
	fresh := ""
	if !g.given {
		fresh = " fresh"
	}
	return handshake.New(code, fmt.Sprintf("The server does not accept the%s token: %s.", fresh, wrong(s)),
		strings.ReplaceAll(s.Hint, "`", ""), evidence...)
}

// slashAudience is the audience that is the resource but for the slash at its end, where no other is the resource;
// empty = there is none. This gateway takes both for the same, and others compare byte by byte.
func (w *walker) slashAudience(x *token.Explanation) string {
	if x == nil || w.cfg.Known != nil {
		return ""
	}
	list, ok := x.Claims["aud"].([]any)
	if !ok {
		list = []any{x.Claims["aud"]}
	}
	found := ""
	for _, v := range list {
		aud, _ := v.(string)
		switch {
		case aud == w.resource.Resource:
			return ""
		case aud != "" && strings.TrimSuffix(aud, "/") == w.canonical():
			found = aud
		}
	}
	return found
}

// saidIn is the challenge's error_description, or its error.
func saidIn(a *answer) string {
	list, _ := parseChallenges(a.header.Values("WWW-Authenticate"))
	for _, c := range list {
		if d := c.Params["error_description"]; d != "" {
			return d
		}
		if e := c.Params["error"]; e != "" {
			return e
		}
	}
	return ""
}
