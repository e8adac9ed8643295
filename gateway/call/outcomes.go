package call

// Outcome is how a request ended, in one word of a closed list.
type Outcome string

// The outcomes. [Outcomes] explains them.
const (
	OK                Outcome = "ok"
	ToolError         Outcome = "tool_error"
	RPCError          Outcome = "rpc_error"
	NoToken           Outcome = "no_token"
	InvalidToken      Outcome = "invalid_token"
	Unavailable       Outcome = "unavailable"
	InsufficientScope Outcome = "insufficient_scope"
	Denied            Outcome = "denied"
	Limited           Outcome = "limited"
	NotOffered        Outcome = "not_offered"
	WrongHost         Outcome = "wrong_host"
	WrongOrigin       Outcome = "wrong_origin"
	BadRequest        Outcome = "bad_request"
	Aborted           Outcome = "aborted"
	Panic             Outcome = "panic"
)

// Alert says whether somebody should be woken.
type Alert string

// The alerts.
const (
	Never  Alert = "no"
	Rate   Alert = "when there are many"
	Always Alert = "yes"
)

// OutcomeEntry explains an outcome.
type OutcomeEntry struct {
	Outcome Outcome
	// Status is the HTTP status that goes with it.
	Status string
	// Meaning says what happened, Do what an operator does about it.
	Meaning, Do string
	Alert       Alert
}

// Outcomes lists every outcome once.
func Outcomes() []OutcomeEntry {
	return []OutcomeEntry{
		{OK, "200, 202, 204", "The request was answered.", "Nothing.", Never},
		{ToolError, "200", "The tool ran, and said why it could not do what was asked.",
			"Look at the reason, if there is one: it says what Coda answered.", Rate},
		{RPCError, "200, 400, 404", "The MCP server answered with a JSON-RPC error.",
			"Look at the client: it asks for something that does not exist, or asks in the wrong way.", Rate},
		{NoToken, "401", "The request carried no token. Every sign-in starts this way.",
			"Nothing, unless nobody comes back with a token: then the client cannot sign in at the identity provider.",
			Never},
		{InvalidToken, "401", "The token was not accepted.",
			"The reason says why. `coda-gateway token` explains a token check by check.", Rate},
		{Unavailable, "503, 200", "The request could not be judged or served now; the client may come back.",
			"The reason says what was missing. `/readyz` on the admin listener has the last error.", Always},
		{InsufficientScope, "403", "The token lacks scopes, and the client was told which to ask for.",
			"Nothing. If the same person gets it again and again, the identity provider does not grant these scopes.", Rate},
		{Denied, "200", "The access rules do not allow it; the person was told why.",
			"Nothing, or change `access`.", Never},
		{Limited, "200, 429", "Somebody made more calls than `limits` allows, and was told how long to wait. Clients " +
			"that kept calling long after that got 429.",
			"Nothing, or raise the limit that the reason names. With 429, look at what the client does.", Rate},
		{NotOffered, "404, 405",
			"A client asked for something that many clients try and this gateway does not have, by design.",
			"Nothing.", Never},
		{WrongHost, "421", "The Host header names a host that this gateway does not serve.",
			"If the name is right, add it to `allowed_hosts`, or make the proxy pass the Host header on.", Rate},
		{WrongOrigin, "403", "A web page from another origin called the endpoint.",
			"If people here use that client, add its origin to `allowed_origins`.", Rate},
		{BadRequest, "400 to 499", "The request could not be served as it was.", "The reason says what is wrong with it.",
			Rate},
		{Aborted, "–", "The client went away before the answer was complete.",
			"Nothing. If it happens often, a proxy in front gives up too early.", Rate},
		{Panic, "500", "The gateway failed. An earlier log line has the stack trace.", "Report it.", Always},
	}
}
