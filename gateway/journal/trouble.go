package journal

import (
	"fmt"

	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/handshake"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// judgeTrouble is about what was refused or failed, and was not overcome.
func (j *Journal) judgeTrouble(a *attempt, know *Knowledge) verdict {
	t := a.trouble
	v := verdict{text: a.story()}
	var f handshake.Finding
	switch t.Kind {
	case refusedHost:
		f = handshake.New(handshake.HostNotAllowed, "Requests came with a Host header that is none of this gateway's: "+
			t.Detail+".", "Type "+know.PublicURL+" into the client; have the proxy pass the client's Host header on; or add "+
			"the name to allowed_hosts, if it is right.")
	case refusedOrigin:
		f = handshake.New(handshake.OriginNotAllowed, "A web page asked whose origin is not allowed: "+t.Detail+".",
			"Add the origin to allowed_origins, if it is of a client that people here use.")
	case elsewhere:
		f = handshake.New(handshake.AnotherPath, "MCP requests came to "+pathOf(t.Request)+", and MCP is served at "+
			""+know.Path+
			". Either people typed another URL than "+know.PublicURL+", or a proxy in front takes off or adds a part of "+
			"the path.",
			"Have people type "+know.PublicURL+" exactly, or have the proxy pass the path on as it came.")
	case badToken:
		f = j.refusedToken(a, know)
	case unavailable:
		f = unavailableFinding(a)
	case scope:
		f = stepUp(a)
	case limited:
		f = handshake.New(handshake.LimitMet, a.who()+" is over a limit: "+t.Detail, ofReason(t.Reason))
	case toolError:
		f = codaFinding(a)
	case denied:
		f = handshake.New(handshake.NoCodaAccount, a.who()+" is signed in and sees tools, and each call is refused: "+
			lower(meaning(t.Reason))+" ("+t.Detail+")", ofReason(t.Reason))
	case failed:
		f = handshake.New(handshake.CallFailed, "The gateway failed at request "+t.ID+".",
			"The log has the stack trace under that request id: report it.").Of(handshake.Configuration)
	default:
		f = refusedMessage(a, know)
	}
	v.finding = &f
	return v
}

// refusedToken: somebody signed in, or had, and the token is no good here.
func (j *Journal) refusedToken(a *attempt, know *Knowledge) handshake.Finding {
	t := a.trouble
	what := meaning(t.Reason)
	detail := ""
	if t.Detail != "" {
		detail = " (" + t.Detail + ")"
	}
	if token.Reason(t.Reason) == token.ReasonExpired {
		f := handshake.New(handshake.TokenNoRefresh, fmt.Sprintf("The same expired token came %s, and never another "+
			"one%s: the "+
			"client has no refresh token, or did not get a new one for it.", times(t.Times), detail), "")
		f = f.As(handshake.Error)
		f.Cure = "Have the person sign in again. To make it last, have the provider list offline_access in " +
			"scopes_supported " +
			"and give refresh tokens to this client."
		if m := know.main(); m != nil && m.Read && !m.Offline {
			f.Text += " The provider at " + m.URL + " does not list offline_access."
		}
		return f
	}
	signedIn := "A client came with a token"
	if a.counts[resource] > 0 || a.counts[challenge] > 0 {
		signedIn = "Somebody signed in, the client came back with a token"
	}
	f := handshake.New(codeOf(t.Reason), fmt.Sprintf("%s, and it was refused %s: %s%s", signedIn,
		times(t.Times), lower(what), detail), "")
	if f.Cure = know.advise(string(t.Reason), t.Detail); f.Cure == "" {
		f.Cure = ofReason(t.Reason)
	}
	f.Cure += " 'coda-gateway token' explains such a token check by check."
	return f
}

// codeOf is the finding of a reason for which a token was refused.
func codeOf(r call.Reason) handshake.Code {
	switch token.Reason(r) {
	case token.ReasonAudience:
		return handshake.TokenAudience
	case token.ReasonUnknownIssuer, token.ReasonTenant:
		return handshake.TokenIssuer
	case token.ReasonNotYetValid, token.ReasonNoExpiry:
		return handshake.TokenTime
	case token.ReasonOpaque, token.ReasonEncrypted:
		return handshake.TokenOpaque
	case token.ReasonIDToken, token.ReasonType, token.ReasonBoundToken:
		return handshake.TokenKind
	case token.ReasonSignature, token.ReasonUnknownKey, token.ReasonAlgorithm:
		return handshake.TokenSignature
	}
	return handshake.CallUnauthorized
}

func unavailableFinding(a *attempt) handshake.Finding {
	t := a.trouble
	code := handshake.KeysUnreachable
	switch token.Reason(t.Reason) {
	case token.ReasonIntrospectionUnavailable, token.ReasonIntrospectionUnusable:
		code = handshake.IntrospectionFailed
	case token.ReasonKeysUnavailable:
	default:
		code = handshake.CallFailed
	}
	f := handshake.New(code, "The request could not be judged: "+lower(meaning(t.Reason)), ofReason(t.Reason)).
		At(handshake.FirstCall)
	if t.Detail != "" {
		f.Text += " (" + t.Detail + ")"
	}
	return f
}

// stepUp: more scopes were asked for, and never came.
func stepUp(a *attempt) handshake.Finding {
	t := a.trouble
	f := handshake.New(handshake.ScopeNeverGranted, "", "")
	if a.asks < 2 {
		f.Text = a.who() + " wanted to use " + orTool(t.Name) + ", the client was sent to sign in for more (" + t.Detail +
			"), and did not come back with it: the sign-in failed or was declined, or the client does not do that."
		f.Cure = "Ask whether they want to. If so, have them remove the server from the client and add it again."
		return f.As(handshake.Info)
	}
	f.Text = fmt.Sprintf("%s was asked %s to sign in for more scopes, and came back each time without them. %s", a.who(),
		times(a.asks), t.Detail)
	f.Cure = "Have the identity provider grant these scopes to this person and this client" + clientOf(a) + ": assign " +
		"them to " +
		"the client there, and to what self-registered clients get. Or take them out of access, if nobody is to have them."
	return f
}

func clientOf(a *attempt) string {
	if a.person == nil || a.person.Client == "" {
		return ""
	}
	return " (" + a.person.Client + ")"
}

// codaFinding: what Coda answers, or does not.
func codaFinding(a *attempt) handshake.Finding {
	t := a.trouble
	code := handshake.CodaAway
	switch t.Reason {
	case call.CodaTokenRefused, call.CodaTokenUnusable, call.OwnTokensAway:
		code = handshake.CodaTokenRefused
	case call.CodaRateLimited:
		code = handshake.CodaLimited
	}
	f := handshake.New(code, fmt.Sprintf("%s is signed in and sees tools, and calls of %s fail: %s", a.who(),
		orTool(t.Name), lower(meaning(t.Reason))), ofReason(t.Reason))
	if t.Detail != "" && (t.Reason == call.CodaTokenUnusable || t.Reason == call.OwnTokensAway) {
		f.Text += " (" + t.Detail + ")" // of the others it says what stands here already
	}
	if code == handshake.CodaTokenRefused {
		f.Cure += " 'coda-gateway check --online' tries each credential."
	}
	return f
}

// refusedMessage: the message itself was not taken.
func refusedMessage(a *attempt, know *Knowledge) handshake.Finding {
	t := a.trouble
	switch t.Reason {
	case call.HeaderMismatch, call.UnsupportedVersion:
		code := handshake.RevisionRefused
		if t.Reason == call.HeaderMismatch {
			code = handshake.CallVersionMixed
		}
		f := handshake.New(code, "The client and this gateway do not agree on the protocol's revision: "+
			lower(meaning(t.Reason)), ofReason(t.Reason))
		if t.Detail != "" {
			f.Text += " (" + t.Detail + ")"
		}
		f.Severity = handshake.Error
		if t.Reason == call.HeaderMismatch && know.Strict {
			f.Cure = "Set compatibility.version_mismatch: accept, which is the default: hosted Claude has sent such requests."
		}
		return f
	}
	f := handshake.New(handshake.CallFailed, fmt.Sprintf("%s was refused %s with %d: %s", t.Request, times(t.Times),
		t.Status,
		lower(meaning(t.Reason))), ofReason(t.Reason)).Of(handshake.Client)
	if t.Detail != "" {
		f.Text += " (" + t.Detail + ")"
	}
	return f
}

func orTool(name string) string {
	if name == "" {
		return "a tool"
	}
	return name
}
