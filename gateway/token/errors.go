package token

import (
	"fmt"
	"time"
)

// Reason says in one stable word why a token was refused. It is meant for logs and metrics; a client never sees it.
type Reason string

// The reasons. All of them mean 401 (`invalid_token`) but the last three, which mean 503.
const (
	ReasonTooLong       Reason = "too_long"       // more than [MaxTokenBytes]
	ReasonMalformed     Reason = "malformed"      // not a JWT that RFC 7519 and RFC 8725 would let pass
	ReasonEncrypted     Reason = "encrypted"      // a JWE; only its recipient could read it
	ReasonOpaque        Reason = "opaque"         // not a JWT, and no issuer is configured for introspection
	ReasonAlgorithm     Reason = "alg"            // `alg` is not in the issuer's allow-list
	ReasonCritical      Reason = "crit"           // a header extension that must be understood (RFC 7515 §4.1.11)
	ReasonUnknownIssuer Reason = "unknown_issuer" // `iss` is none of the configured issuers
	ReasonTenant        Reason = "tenant"         // of a tenant that is not among Issuer.Tenants
	ReasonType          Reason = "type"           // `typ` names another kind of JWT than an access token
	ReasonIDToken       Reason = "id_token"       // an ID token, which is for the client and not for us
	ReasonAudience      Reason = "audience"       // `aud` is missing or names others
	ReasonExpired       Reason = "expired"        // `exp` has passed by more than [Skew]
	ReasonNoExpiry      Reason = "no_expiry"      // there is no `exp`
	ReasonNotYetValid   Reason = "not_yet_valid"  // `nbf` or `iat` lies ahead by more than [Skew]
	ReasonRevoked       Reason = "revoked"        // issued before Issuer.NotBefore, or without an `iat` to tell
	ReasonNoSubject     Reason = "no_subject"     // there is no `sub`
	// `cnf`: DPoP or mTLS, whose proof we do not check (RFC 9449 §7.1)
	ReasonBoundToken    Reason = "bound_token"
	ReasonClient        Reason = "client"                 // issued to a client that is not in Issuer.ClientIDs
	ReasonRequiredClaim Reason = "required_claim"         // one of Issuer.RequiredClaims does not hold
	ReasonUnknownKey    Reason = "unknown_kid"            // `kid` is not in the issuer's key set
	ReasonSignature     Reason = "signature"              // no key of the issuer verifies the signature
	ReasonInactive      Reason = "inactive"               // introspection answered `active: false`, or 4xx
	ReasonMismatch      Reason = "introspection_mismatch" // the issuer's answer contradicts the token

	ReasonKeysUnavailable          Reason = "keys_unavailable"          // the issuer's keys could not be fetched
	ReasonIntrospectionUnavailable Reason = "introspection_unavailable" // the introspection endpoint gave no answer
	ReasonIntrospectionUnusable    Reason = "introspection_unusable"    // it gave one that says nothing about the token
)

// Reasons lists them all.
func Reasons() []Reason {
	return []Reason{
		ReasonTooLong, ReasonMalformed, ReasonEncrypted, ReasonOpaque, ReasonAlgorithm, ReasonCritical, ReasonUnknownIssuer,
		ReasonTenant,
		ReasonType, ReasonIDToken, ReasonAudience, ReasonExpired, ReasonNoExpiry, ReasonNotYetValid, ReasonRevoked,
		ReasonNoSubject,
		ReasonBoundToken, ReasonClient, ReasonRequiredClaim, ReasonUnknownKey, ReasonSignature, ReasonInactive,
		ReasonMismatch,
		ReasonKeysUnavailable, ReasonIntrospectionUnavailable, ReasonIntrospectionUnusable,
	}
}

// Error is the only kind of error that [Verifier.Verify] returns.
type Error struct {
	Reason Reason
	// Detail explains the reason to an operator. It may quote claims, shortened and escaped, but never the token. It
	// does not belong into an answer to the client.
	Detail string
	// Issuer is the configured issuer that the token claims to be from; empty where that was not found out.
	Issuer string
	// RetryAfter is how long to wait where Unavailable; 0 otherwise.
	RetryAfter time.Duration
	// unfit: the issuer answers, and the key that it publishes cannot be used for the token.
	unfit bool
}

func (e *Error) Error() string {
	if e.Detail == "" {
		return "token: " + string(e.Reason)
	}
	return fmt.Sprintf("token: %s: %s", e.Reason, e.Detail)
}

// Unavailable tells 503 (nobody knows whether the token is good; ask again after RetryAfter) from 401 (it is not).
func (e *Error) Unavailable() bool {
	switch e.Reason {
	case ReasonKeysUnavailable, ReasonIntrospectionUnavailable, ReasonIntrospectionUnusable:
		return true
	}
	return false
}

// Answered tells, where Unavailable, that the issuer can be reached, and that what it answers cannot be used.
func (e *Error) Answered() bool { return e.Reason == ReasonIntrospectionUnusable || e.unfit }

func refuse(r Reason, format string, args ...any) *Error {
	if len(args) == 0 { // as of most of what strangers send
		return &Error{Reason: r, Detail: format}
	}
	return &Error{Reason: r, Detail: fmt.Sprintf(format, args...)}
}
