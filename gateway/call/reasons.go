package call

import (
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// Reason says in one word of a closed list why a request ended as it did. Those of refused tokens are
// [token.Reason]s, those of the access rules the codes of package access.
type Reason string

// The reasons that come from neither. [Reasons] explains them.
const (
	HostNotAllowed   Reason = "host_not_allowed"
	OriginNotAllowed Reason = "origin_not_allowed"
	WrongPath        Reason = "wrong_path"

	ReadOnly Reason = "read_only"
	NoTools  Reason = "no_tools"
	// AuditUnavailable: a change could not be recorded before it was made.
	AuditUnavailable Reason = "audit_unavailable"

	LimitPerson Reason = "limit_person"
	LimitClient Reason = "limit_client"
	LimitTool   Reason = "limit_tool"
	LimitAtOnce Reason = "limit_at_once"

	NoStream       Reason = "no_stream"
	ServerMetadata Reason = "server_metadata"
	ServerEndpoint Reason = "server_endpoint"

	TokenInURL Reason = "token_in_url"

	RepeatedAuthorization Reason = "repeated_authorization"
	ContentType           Reason = "content_type"
	Accept                Reason = "accept"
	TooLarge              Reason = "too_large"
	BodiesFull            Reason = "bodies_full"
	Body                  Reason = "body"
	Message               Reason = "message"
	HeaderMismatch        Reason = "header_mismatch"
	MCP                   Reason = "mcp"

	OwnToken     Reason = "own_token"
	SignIn       Reason = "sign_in"
	TooManyTries Reason = "too_many_tries"
	StateStore   Reason = "state_store"

	ParseError         Reason = "parse_error"
	InvalidRequest     Reason = "invalid_request"
	MethodNotFound     Reason = "method_not_found"
	InvalidParams      Reason = "invalid_params"
	Internal           Reason = "internal"
	MissingCapability  Reason = "missing_capability"
	UnsupportedVersion Reason = "unsupported_version"
	OtherError         Reason = "other_error"

	NoCodaAccount     Reason = "no_coda_account"
	EmailUnverified   Reason = "email_unverified"
	OwnTokenMissing   Reason = "own_token_missing"
	OwnTokensAway     Reason = "own_tokens_unavailable"
	CodaTokenUnusable Reason = "coda_token_unusable"

	CodaTokenRefused Reason = "coda_token_refused"
	CodaForbidden    Reason = "coda_forbidden"
	CodaNotFound     Reason = "coda_not_found"
	CodaRateLimited  Reason = "coda_rate_limited"
	CodaUnreachable  Reason = "coda_unreachable"
	CodaRefused      Reason = "coda_refused"
)

// ReasonEntry explains a reason.
type ReasonEntry struct {
	Reason Reason
	// Of names the outcomes that it goes with.
	Of []Outcome
	// Meaning says what happened, Do what an operator does about it.
	Meaning, Do string
}

// Reasons lists every reason once, grouped by what it goes with.
func Reasons() []ReasonEntry {
	var all []ReasonEntry
	for _, group := range []struct {
		of      []Outcome
		entries []ReasonEntry
	}{
		{[]Outcome{NoToken}, []ReasonEntry{{TokenInURL, nil, "There is a token in the URL, which is not looked at: URLs " +
			"end up in logs and histories (RFC 6750 §2.3).", "Have the client send it in the Authorization header, or " +
			"remove it and sign in with the client. Whoever reads the logs of a proxy in front has the token: have it expire " +
			"or revoked."}}},
		{[]Outcome{InvalidToken}, refusedTokens()},
		{[]Outcome{Unavailable}, unavailable()},
		{[]Outcome{Denied}, denials()},
		{[]Outcome{Limited}, limits()},
		{[]Outcome{ToolError}, codaFaults()},
		{[]Outcome{RPCError}, rpcErrors()},
		{[]Outcome{NotOffered}, notOffered()},
		{[]Outcome{BadRequest}, badRequests()},
	} {
		for _, e := range group.entries {
			if e.Of == nil {
				e.Of = group.of
			}
			all = append(all, e)
		}
	}
	return all
}

func of(r token.Reason) Reason { return Reason(r) }

func refusedTokens() []ReasonEntry {
	return []ReasonEntry{
		{of(token.ReasonTooLong), nil, "The token is longer than this gateway accepts.",
			"Have the identity provider put less into it; groups usually take the most space."},
		{of(token.ReasonMalformed), nil, "It is not a well-formed token.", "Look at the client: it sends something that is " +
			"not a token."},
		{of(token.ReasonEncrypted), nil, "It is an encrypted token (JWE).",
			"Have the identity provider issue signed tokens for this resource, or configure introspection."},
		{of(token.ReasonOpaque), nil, "It is not a JWT, and no issuer has introspection configured.",
			"Register this gateway as an API at the identity provider, or configure `introspection`."},
		{of(token.ReasonAlgorithm), nil, "It is signed with an algorithm that the issuer's `algorithms` do not list.",
			"Change the algorithm at the identity provider, or the list."},
		{of(token.ReasonCritical), nil, "It has a critical header extension that this gateway does not support.",
			"Switch the extension off at the identity provider."},
		{of(token.ReasonUnknownIssuer), nil, "Its `iss` is not one of the configured issuers.",
			"Compare `iss` in the detail with `issuers[].url`, byte for byte."},
		{of(token.ReasonTenant), nil, "Its tenant is not in `tenants`, or `tid` and `iss` name different tenants.",
			"Add the tenant if its people should have access."},
		{of(token.ReasonType), nil, "Its `typ` names another kind of token.",
			"The client sends the wrong token: it must send the access token."},
		{of(token.ReasonIDToken), nil, "It is an ID token, which is meant only for the client.",
			"The client must send its access token; if the provider's access tokens look like this, set `allow_id_tokens`."},
		{of(token.ReasonAudience), nil, "Its `aud` does not name this gateway.",
			"Have the identity provider put `public_url` into `aud`, or list in `audiences` what it puts there."},
		{of(token.ReasonExpired), nil, "It has expired.", "Nothing: the client renews it. Otherwise compare the clocks."},
		{of(token.ReasonNoExpiry), nil, "It has no `exp`.", "Have the identity provider give it a lifetime."},
		{of(token.ReasonNotYetValid), nil, "It is not valid yet.", "Compare the clocks of both machines."},
		{of(token.ReasonRevoked), nil, "It was issued before `not_before`, or `revoked` names it.",
			"Nothing: people who still have access sign in again."},
		{of(token.ReasonNoSubject), nil, "It has no `sub`.",
			"Have the identity provider put it in, or name another claim in `claims.subject`."},
		{of(token.ReasonBoundToken), nil, "It is bound to a key of the client (DPoP or mTLS).",
			"Switch that off for this resource."},
		{of(token.ReasonClient), nil, "It was issued to a client that `client_ids` do not list.",
			"Add the client, if people may use it."},
		{of(token.ReasonRequiredClaim), nil, "One of `required_claims` does not hold.", "The detail names it."},
		{of(token.ReasonUnknownKey), nil, "The issuer has no key with its `kid`.",
			"If there are many, another provider or realm is signing: compare `iss` and the key set."},
		{of(token.ReasonSignature), nil, "No key of the issuer verifies its signature.",
			"If there are many, something on the way alters tokens, or somebody is forging them."},
		{of(token.ReasonInactive), nil, "The identity provider says that it is not active.",
			"Nothing: the person signs in again."},
		{of(token.ReasonMismatch), nil, "The identity provider's answer about it names another issuer or subject.",
			"Check `introspection.endpoint`; if it is right, tell the provider's operator."},
	}
}

func unavailable() []ReasonEntry {
	return []ReasonEntry{
		{of(token.ReasonKeysUnavailable), nil, "The issuer's keys are not available, or the token's key is not among them " +
			"and the issuer could not be asked again yet.",
			"Make the identity provider reachable from this machine; the detail has the error. If it mentions waiting " +
				"tokens, somebody is sending tokens with made-up key ids: do nothing."},
		{of(token.ReasonIntrospectionUnavailable), nil, "The introspection endpoint gave no answer.",
			"Make it reachable, and check the client id and secret in `introspection`."},
		{BodiesFull, nil, "The bodies of requests in flight fill `runtime.bodies`, or this person's fill their " +
			"quarter of it.",
			"Find out who sends so much, or raise it together with `runtime.memory_limit`."},
		{StateStore, nil, "The state store could not be read or written.",
			"Look at `state.store`; the detail has the error."},
		{AuditUnavailable, nil, "A change could not be recorded beforehand, so it was not made; the person was told " +
			"why.", "`/readyz` on the admin listener has the error; free disk space, or correct `audit.to`."},
		{of(token.ReasonIntrospectionUnusable), nil, "The introspection endpoint's answer says nothing about the token.",
			"Check that `introspection.endpoint` is an RFC 7662 endpoint; the detail shows what it answered."},
	}
}

func denials() []ReasonEntry {
	return []ReasonEntry{
		{access.CodeAllowed, []Outcome{OK}, "A grant allows it. It is a decision, and never a reason in the log.",
			"Nothing."},
		{access.CodeUnknownTool, []Outcome{RPCError},
			"There is no such tool. It is a decision, and never a reason in the log.", "Nothing."},
		{access.CodeScopeMissing, []Outcome{InsufficientScope, Denied}, "Only scopes are missing.",
			"If signing in again does not help, the identity provider does not grant them to this person or client."},
		{access.CodeNoPrincipal, nil, "Nobody is signed in.", "Report it: this should never happen."},
		{access.CodeNoGrant, nil, "No grant allows it for anyone.", "If somebody should have it, add a grant to `access`."},
		{access.CodeRoleMissing, nil, "A role or a group would help.",
			"Give the person one of those that the detail names."},
		{access.CodeGroupsAbsent, nil, "A group would help, and the person is in more groups than fit into a token.",
			"Have the identity provider send only the groups of this application, or roles."},
		{access.CodeNotAllowed, nil, "Another condition of the grants does not hold.",
			"Run `coda-gateway token` with the person's token."},
		{access.CodeDocLimited, nil, "The tool is allowed, but not on this document.",
			"Add the document to `docs` of a grant, if the person should have it."},
		{NoTools, []Outcome{OK}, "Somebody who may use no tool at all signed in; the detail says what they lack.",
			"Give them the role or group that it names, or do nothing: they have been told."},
		{ReadOnly, nil, "`read_only` is set, and the tool changes something.",
			"Set it to false to allow changes again."},
		{NoCodaAccount, nil, "Neither an entry of `coda.credentials` nor `coda.token` gives this person a Coda account.",
			"Add them to an entry, or put a file for them into the directory that the detail names."},
		{EmailUnverified, nil, "Their Coda account depends on their e-mail address, and the token does not say that it " +
			"is verified.",
			"Have the identity provider put `email_verified: true` into access tokens, or use `by: subject`."},
		{OwnTokenMissing, nil, "`coda.enrollment.required` is set, and the person has not brought a Coda token.",
			"Nothing: they were told where to connect one."},
		{access.CodeUnreachable, nil, "A scope is missing that clients cannot ask for.", "Add it to `scopes.supported`."},
	}
}

func limits() []ReasonEntry {
	return []ReasonEntry{
		{LimitPerson, nil, "The person has used up `limits.per_person.calls`.",
			"Nothing: people seldom notice, because assistants wait. If many reach it, raise it."},
		{LimitClient, nil, "All people together have used up `limits.per_client.calls` of this client.",
			"Find out who calls so much, or raise it."},
		{LimitTool, nil, "The person has used up their `limits.tools` for this tool.", "Nothing, or raise it."},
		{LimitAtOnce, nil, "As many calls as `at_once` allows were running, and none ended in time.",
			"Look at how long calls take: if Coda is slow or its budget is used up, they pile up."},
	}
}

func codaFaults() []ReasonEntry {
	return []ReasonEntry{
		{CodaTokenUnusable, nil, "The file that holds this person's Coda token cannot be read or used.",
			"Fix the file; the detail says what is wrong."},
		{OwnTokensAway, nil, "The gateway cannot tell at the moment whether this person has connected their own Coda token.",
			"Look at `state.store`."},
		{CodaTokenRefused, nil, "Coda does not accept the credential.",
			"Put a valid Coda API token where the credential comes from (`coda.token`, " +
				"`coda.credentials`): it was mistyped, expired or revoked."},
		{CodaForbidden, nil, "The Coda account may not do that.",
			"Share the document with the Coda account that the person acts with, or give them another account."},
		{CodaNotFound, nil, "Coda has no such document, table, page or row, or the account cannot see it.",
			"Check the link that the person used; if it is right, share the document with the account."},
		{CodaRateLimited, nil, "Coda refused because of too many requests.",
			"Lower `coda.budgets`, or find out who else uses the account."},
		{CodaUnreachable, nil, "Coda did not answer, or answered with a server error.",
			"Check status.coda.io, and whether this machine can reach Coda."},
		{CodaRefused, nil, "Coda refused the request.", "Nothing: the tool's answer says why."},
	}
}

// adviceOn is what the log says of a fault of Coda's: what it is, and what to do. Of what the tool's answer explains to
// whoever called it, it says nothing.
func adviceOn(fault Reason) string {
	if fault == "" || fault == CodaRefused {
		return ""
	}
	all := codaFaults()
	i := slices.IndexFunc(all, func(e ReasonEntry) bool { return e.Reason == fault })
	if i < 0 {
		return ""
	}
	do := strings.ReplaceAll(strings.TrimSuffix(all[i].Do, "."), "`", "")
	return strings.TrimSuffix(all[i].Meaning, ".") + "; " + strings.ToLower(do[:1]) + do[1:]
}

func rpcErrors() []ReasonEntry {
	return []ReasonEntry{
		{ParseError, nil, "The message is not valid JSON (-32700).", "Look at the client."},
		{InvalidRequest, nil, "The message is not a valid request (-32600).", "Look at the client."},
		{MethodNotFound, nil, "There is no such method (-32601).", "Nothing: clients try the methods that they know."},
		{InvalidParams, nil, "The parameters do not fit, or name something that does not exist (-32602).",
			"Nothing, or look at the client."},
		{Internal, []Outcome{RPCError, InvalidToken}, "Something failed inside the gateway (-32603).",
			"Report it, with the lines around it."},
		{MissingCapability, nil, "The client lacks a capability that the answer needs (-32021).", "Use a newer client."},
		{UnsupportedVersion, nil, "The protocol version is not supported (-32022).", "Use a newer client."},
		{OtherError, nil, "A JSON-RPC error with another code.", "Look at the client."},
	}
}

func notOffered() []ReasonEntry {
	return []ReasonEntry{
		{NoStream, nil, "A client tried GET or DELETE: there are no sessions, so there is no stream to open.", "Nothing."},
		{ServerMetadata, nil, "A client looked here for the authorization server's metadata.",
			"Nothing. Clients of the revision 2025-03-26 find it with `discovery.compatibility: redirect`."},
		{ServerEndpoint, nil, "A client tried to register, to sign in or to get a token here, which is done at the " +
			"identity provider: it guessed, because it found no metadata that it could use.",
			"Run `coda-gateway doctor` with public_url to see what clients find."},
	}
}

func badRequests() []ReasonEntry {
	return []ReasonEntry{
		{HostNotAllowed, []Outcome{WrongHost}, "The Host header is not in the list.", "As the outcome says."},
		{OriginNotAllowed, []Outcome{WrongOrigin}, "The Origin header is not in the list.", "As the outcome says."},
		{WrongPath, nil, "Nothing is served at this path.",
			"If a client was sent there, a proxy in front changes the path, or people type another URL than public_url."},
		{RepeatedAuthorization, nil, "The request had more than one Authorization header.",
			"Look at the client and the proxies."},
		{ContentType, nil, "The body was not announced as JSON.", "Look at the client."},
		{Accept, nil, "The client accepts neither JSON nor events.", "Look at the client."},
		{TooLarge, nil, "The message is larger than allowed.", "Nothing: the client was told to send less."},
		{Body, []Outcome{Aborted}, "The body did not arrive complete.", "If there are many, look at the network."},
		{Message, nil, "The body is not one JSON-RPC message.", "Look at the client; the detail says what is wrong."},
		{HeaderMismatch, []Outcome{BadRequest, RPCError}, "Headers and body say different things (-32020).",
			"Look at the client and the proxies."},
		{MCP, nil, "The MCP server refused the request over HTTP.", "The detail quotes it."},
		{SignIn, []Outcome{BadRequest, Unavailable}, "A sign-in at `/connect` was not completed.",
			"The detail says why. If it begins with `the token endpoint`, check the client of `coda.enrollment` at the " +
				"provider."},
		{OwnToken, []Outcome{BadRequest, Unavailable}, "A token that somebody pasted at `/connect` was not saved: " +
			"Coda does not accept it, or did not answer.", "Nothing, unless Coda does not answer."},
		{TooManyTries, nil, "Somebody signed in or tried tokens at `/connect` more often than allowed.",
			"Nothing; if there are many, find out who it is."},
	}
}

// RPCCode is the JSON-RPC error code that a reason names; 0 = none, or several.
func RPCCode(r Reason) int64 {
	for _, code := range []int64{jsonrpc.CodeParseError, jsonrpc.CodeInvalidRequest, jsonrpc.CodeMethodNotFound,
		jsonrpc.CodeInvalidParams, jsonrpc.CodeInternalError, mcp.CodeHeaderMismatch,
		mcp.CodeMissingRequiredClientCapabilities, mcp.CodeUnsupportedProtocolVersion} {
		if OfRPC(code) == r {
			return code
		}
	}
	return 0
}

// OfRPC names a JSON-RPC error code.
func OfRPC(code int64) Reason {
	switch code {
	case jsonrpc.CodeParseError:
		return ParseError
	case jsonrpc.CodeInvalidRequest:
		return InvalidRequest
	case jsonrpc.CodeMethodNotFound:
		return MethodNotFound
	case jsonrpc.CodeInvalidParams:
		return InvalidParams
	case jsonrpc.CodeInternalError:
		return Internal
	case mcp.CodeHeaderMismatch:
		return HeaderMismatch
	case mcp.CodeMissingRequiredClientCapabilities:
		return MissingCapability
	case mcp.CodeUnsupportedProtocolVersion:
		return UnsupportedVersion
	}
	return OtherError
}
