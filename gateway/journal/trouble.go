package journal

import (
	"fmt"
	"slices"
	"strings"
	"time"

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
		f = handshake.New(handshake.HostNotAllowed, "Requests came with a Host header that this gateway does not serve: "+
			quotedIn(t.Detail)+".", "Type "+know.PublicURL+" into the client; make the proxy pass the client's Host header "+
			"on; or, if the name is right, add it to allowed_hosts.")
	case refusedOrigin:
		f = handshake.New(handshake.OriginNotAllowed, "A web page from an origin that is not allowed called the "+
			"endpoint: "+quotedIn(t.Detail)+".",
			"If people here use that client, add its origin to allowed_origins.")
	case elsewhere:
		f = handshake.New(handshake.AnotherPath, "MCP requests came to "+pathOf(t.Request)+", and MCP is served at "+
			""+know.Path+
			". Either people typed another URL than "+know.PublicURL+", or a proxy in front removes or adds a part of the path.",
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
		f = handshake.New(handshake.NoCodaAccount, a.who()+" is signed in and sees tools, but each call is refused: "+
			lower(meaning(t.Reason))+" ("+t.Detail+")", ofReason(t.Reason))
	case failed:
		f = handshake.New(handshake.CallFailed, "The gateway failed at request "+t.ID+".",
			"Report it; the log has the stack trace under that request id.").Of(handshake.Configuration)
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
	if t.Detail != "" && !saysTheSame(what, t.Detail) {
		detail = " (" + t.Detail + ")"
	}
	if token.Reason(t.Reason) == token.ReasonExpired && freshlySignedIn(a) {
		return handshake.New(handshake.TokenTime, "Somebody signed in, and the token with which the client came back had "+
			"expired already"+detail+": the clock of this machine is ahead of the provider's, or access tokens live for "+
			"moments only.", "Compare the clocks of both machines (date -u), and switch NTP on. If they agree, let access "+
			"tokens live for 5 minutes to an hour at the provider.").Of(handshake.Configuration)
	}
	if token.Reason(t.Reason) == token.ReasonExpired {
		f := handshake.New(handshake.TokenNoRefresh, fmt.Sprintf("The same expired token came %s, and never a new "+
			"one%s: the client has no refresh token, or did not get a new one for it.", times(t.Times), detail), "")
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
	f := handshake.New(codeOf(t.Reason), fmt.Sprintf("%s, and it was refused %s: %s%s.", signedIn,
		times(t.Times), lower(what), detail), "")
	if noToken(t.Detail) {
		f.Text += " No provider writes such a token: it stands in a header that somebody set by hand, such as a " +
			"placeholder that nobody filled in, a password, or the word Bearer twice."
		f.Cure = takeOut
		return f
	}
	if f.Cure = know.advise(string(t.Reason), t.Detail); f.Cure == "" {
		f.Cure = ofReason(t.Reason)
	}
	if token.Reason(t.Reason) == token.ReasonOpaque && a.counts[resource]+a.counts[challenge] == 0 {
		f.Cure += " Or the token is none of the provider's, as the client did not ask where to sign in: a Coda API token, " +
			"for instance. " + takeOut
	}
	f.Cure += " 'coda-gateway token' explains the token check by check."
	return f
}

// freshlySignedIn tells whether a client read where to sign in before it came with a token for the first time: whoever
// has an old token comes with that first.
func freshlySignedIn(a *attempt) bool {
	read := slices.IndexFunc(a.events, func(e event) bool { return e.Kind == resource })
	came := slices.IndexFunc(a.events, func(e event) bool { return e.Kind == badToken })
	return read >= 0 && came > read && a.events[came].At.Sub(a.events[read].At) >= time.Second
}

// takeOut is what to do about a header that was set by hand.
const takeOut = "Take the Authorization header out of the client's settings for this server, and have people sign " +
	"in: clients get their tokens by themselves, and Coda's own token belongs into coda.token."

// noToken tells of credentials that are none, whoever issued them.
func noToken(detail string) bool {
	return strings.HasPrefix(detail, "the Authorization header is not of") ||
		strings.HasPrefix(detail, "the bearer token is empty")
}

// saysTheSame tells whether a detail begins as the meaning of its reason does.
func saysTheSame(meaning, detail string) bool {
	plain := func(s string) string {
		s = strings.TrimSuffix(strings.ToLower(s), ".")
		for _, begin := range []string{"it ", "the token ", "the request "} {
			s = strings.TrimPrefix(s, begin)
		}
		return s
	}
	return strings.HasPrefix(plain(detail), plain(meaning))
}

// quotedIn is the value in quotes that a detail holds, or all of it.
func quotedIn(detail string) string {
	if m := quoted.FindString(detail); m != "" {
		return m
	}
	return detail
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
		f.Cure = "Ask whether they meant to. If so, have them remove the server from the client and add it again."
		return f.As(handshake.Info)
	}
	f.Text = fmt.Sprintf("%s was asked %s to sign in for more scopes, and came back without them each time. %s", a.who(),
		times(a.asks), t.Detail)
	f.Cure = "Have the identity provider grant these scopes to this person and this client" + clientOf(a) + ": assign " +
		"them to " +
		"the client there, and to what self-registered clients get. Or, if nobody should have them, remove them from access."
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
	f := handshake.New(code, fmt.Sprintf("%s is signed in and sees tools, but calls of %s fail: %s", a.who(),
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
