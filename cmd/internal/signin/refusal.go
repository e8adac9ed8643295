package signin

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/oauth2"
)

// Refusal is a sign-in that ended without a token.
type Refusal struct {
	// Text says what happened, Cure what to do about it.
	Text, Cure string
	// Code is the provider's error (RFC 6749 §4.1.2.1 and §5.2, RFC 7591 §3.2.2, RFC 8628 §3.5); empty where it gave
	// none.
	Code string
}

func (e *Refusal) Error() string { return e.Text + " -> " + e.Cure }

var errNoDocument = errors.New("there is none")

// quote shows what a provider said: short, and without anything that steers a terminal.
func quote(s string) string {
	const limit = 300
	if r := []rune(s); len(r) > limit {
		return strconv.Quote(string(r[:limit])) + "…"
	}
	return strconv.Quote(s)
}

// said is a provider's error in a sentence.
func said(code, description string) string {
	if description == "" {
		return quote(code)
	}
	return quote(code) + ", and says " + quote(description)
}

// errAnswer is an error that came with the browser, from the authorization endpoint.
type errAnswer struct{ code, description string }

func (e errAnswer) Error() string { return said(e.code, e.description) }

// ended puts an error into words. Whoever ran out of time, or pressed Ctrl-C, is told that and nothing else.
func (f *flow) ended(ctx context.Context, err error) error {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r
	}
	switch ctx.Err() {
	case context.Canceled:
		return &Refusal{Text: "interrupted", Cure: "run the command again to sign in"}
	case context.DeadlineExceeded:
		return f.tooLate()
	}
	if answer, ok := errors.AsType[errAnswer](err); ok {
		return &Refusal{Code: answer.code, Text: "the provider answers " + answer.Error(),
			Cure: f.cure(answer.code, answer.description)}
	}
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return f.refusedByEndpoint(refused)
	}
	if _, network := errors.AsType[*url.Error](err); !network {
		return &Refusal{Text: "the provider's answer cannot be used: " + quote(err.Error()),
			Cure: "it must be the answer of a token endpoint (RFC 6749 §5.1); is a proxy or a page in between?"}
	}
	return &Refusal{Text: "the provider did not answer: " + err.Error(),
		Cure: "it must answer from this machine (DNS, firewall, a proxy in HTTPS_PROXY, ca_file); 'coda-gateway check " +
			"--online' looks closer"}
}

// refusedByEndpoint is what the token endpoint, or the one for device codes, said.
func (f *flow) refusedByEndpoint(refused *oauth2.RetrieveError) error {
	if refused.ErrorCode != "" {
		return &Refusal{Code: refused.ErrorCode,
			Text: "the provider refuses the token: " + said(refused.ErrorCode, refused.ErrorDescription),
			Cure: f.cure(refused.ErrorCode, refused.ErrorDescription)}
	}
	at, status := f.doc.TokenEndpoint, 0
	if refused.Response != nil {
		status = refused.Response.StatusCode
		if refused.Response.Request != nil {
			at = refused.Response.Request.URL.Redacted()
		}
	}
	return &Refusal{Text: fmt.Sprintf("%s answered %d without saying why", at, status),
		Cure: "check the provider's log; the reason is there"}
}

// tooLate is a person who did not come back. The provider keeps to itself what it shows them.
func (f *flow) tooLate() error {
	cure := "if the provider's page showed an error, that is the reason"
	switch redirect := f.client.redirect; {
	case f.cfg.Device:
		cure += "; the provider's log has it too"
	case strings.HasPrefix(f.cfg.ClientID, "https://"):
		cure += ". For \"invalid redirect\": the client's metadata document must list " + redirect + " in redirect_uris"
	case f.cfg.ClientID != "":
		cure += ". For \"invalid redirect\": give the client the redirect URI " + redirect + " (a provider that compares " +
			"ports needs a fixed one: --redirect http://127.0.0.1:8765/callback). For \"unknown client\": check --client-id"
	default:
		cure += "; a longer --timeout gives more time"
	}
	return &Refusal{Text: "nobody came back from the provider within " + f.cfg.Timeout.String(), Cure: cure}
}

// cure says what to do about an error of the provider.
// Long because it is one list, an error a case.
func (f *flow) cure(code, description string) string {
	scopes := strings.Join(f.cfg.Scopes, " ")
	switch code {
	case "access_denied":
		return "the person, or a policy of the provider, did not allow it: press Allow, or let the provider's " +
			"administrator consent to the client and assign the person to the application"
	case "invalid_scope":
		return "the provider does not give this client the scopes " + scopes + ": make them there and assign them to the " +
			"client (for clients that register themselves, by default), or ask for others with --scope; names must be " +
			"spelled the same in scopes.supported and at the provider"
	case "invalid_target":
		return "the provider does not know the resource " + f.cfg.Resource + ": make an API (resource, audience) with " +
			"exactly this identifier there; with Keycloak's feature resource-indicators, a client with the " +
			"attribute resource_url"
	case "unauthorized_client", "unsupported_grant_type":
		if f.cfg.Device {
			return "switch the device authorization grant on for this client at the provider, or sign in without --device"
		}
		return "switch the authorization code flow (standard flow) on for this client at the provider"
	case "invalid_client":
		if f.cfg.ClientSecret == "" {
			return "check --client-id; a client with a secret needs --client-secret-file, and one without must be a public " +
				"client at the provider"
		}
		return "check --client-id and the secret in --client-secret-file"
	case "invalid_grant":
		return "the provider says the code is expired, used, or another client's or redirect URI's: try again, and " +
			"compare the clocks of the provider's machines"
	case "expired_token":
		return "the code was not used in time: run the command again, and open the page at once"
	case "login_required", "interaction_required", "consent_required", "account_selection_required":
		return "sign in at the provider in the same browser first, then run the command again"
	case "temporarily_unavailable", "server_error":
		return "the provider has a problem: check its log, and try again"
	case "invalid_request":
		if strings.Contains(strings.ToLower(description), "redirect") {
			return "give the client the redirect URI " + f.client.redirect + " at the provider"
		}
	}
	return "look the error up in the provider's documentation, and into its log"
}
