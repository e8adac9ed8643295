package kit

import (
	"github.com/bestviable/coda-gateway/coda"
)

// whoseToken words what Coda refuses to a token by whose it is: what the gateway lends only whoever runs it can mend,
// and what somebody connected only they can.
type whoseToken struct {
	// name, short and account say whose they are, in the middle of a sentence; mend is what to do about the token.
	name, short, account, mend string
	// page is where it can be replaced; empty for the gateway's.
	page string
}

func tokenOf(e *coda.Error) whoseToken {
	if page := e.TokenPage; page != "" {
		const yours = "the token that you connected"
		return whoseToken{yours, yours, "your Coda account", "connect another one at " + page, page}
	}
	return whoseToken{"the gateway's Coda token", "the gateway's token", "the gateway's Coda account",
		"ask whoever runs the gateway", ""}
}

// refused says that Coda does not know the token.
func (t whoseToken) refused() string {
	if t.page != "" {
		return "Coda does not accept the API token that you connected: it was deleted, has expired, or is restricted to " +
			"another doc. Connect another one at " + t.page + ", then try again."
	}
	return "Coda does not accept the gateway's API token: it is invalid, revoked, or restricted to another doc. Only " +
		"whoever runs the gateway can fix that; trying again will not help."
}

// forbidden tells what can be behind a refusal.
func (t whoseToken) forbidden(op coda.Op) string {
	if op.ReadOnly() {
		return Sentence(t.account + " or token may not see it. Ask for the doc to be shared with that account (coda_whoami " +
			"says which); trying again will not help.")
	}
	return "Possible causes: " + t.short + " may only read, or is restricted to another doc; or its Coda account lacks " +
		"the right (creating docs and pages and renaming them needs the Doc Maker role). Trying again will not help."
}
