package walk

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/gateway/handshake"
)

// The sizes that are tried: a token of somebody in two hundred groups, and a long text.
const (
	largeHeader = 12 << 10
	largeBody   = 200 << 10
	// maxSkew is how far clocks may differ: what the gateway lets tokens differ.
	maxSkew = time.Minute
)

// others asks what clients ask as well: with other headers, with a bad token, large, by other methods, from a page.
func (w *walker) others(ctx context.Context) {
	w.otherHeaders(ctx)
	w.badToken(ctx)
	w.large(ctx)
	w.methods(ctx)
	w.preflight(ctx)
	w.otherSlash(ctx)
}

// otherHeaders looks whether something is checked before the token.
func (w *walker) otherHeaders(ctx context.Context) {
	for _, q := range []struct {
		what   string
		header http.Header
		body   string
	}{
		{"initialize, with Accept: */* alone", http.Header{"Accept": {"*/*"}, "Content-Type": {"application/json"}},
			initialize},
		{"nothing, of a revision that is to come", http.Header{"Mcp-Protocol-Version": {"2099-01-01"}}, ""},
	} {
		a := w.ask(ctx, query{method: http.MethodPost, url: w.mcp.String(), what: q.what, agent: w.first.agent,
			header: q.header, body: q.body, quiet: true})
		if a.err != nil || a.status == http.StatusUnauthorized || a.status == http.StatusTooManyRequests {
			continue
		}
		w.events = append(w.events, a.event)
		a.event.Concludes = "a client that asks so never finds the sign-in"
		w.found(a.event, handshake.New(handshake.ChallengeLate, fmt.Sprintf("A request without a token is answered with %d "+
			"instead of 401 when it is sent as: %s.", a.status, q.what), "Make the server check the token before anything "+
			"else, and make the proxy let every such request through.", a.evidence()...))
	}
}

// badToken looks whether a token that cannot be right makes clients sign in again.
func (w *walker) badToken(ctx context.Context) {
	q := w.post(w.first.agent)
	q.what, q.quiet = "initialize, with a token that cannot be right", true
	q.header["Authorization"] = []string{"Bearer coda-gateway.doctor.nonsense"}
	a := w.ask(ctx, q)
	if a.err != nil || a.status == http.StatusTooManyRequests {
		return
	}
	w.events = append(w.events, a.event)
	switch {
	case a.status != http.StatusUnauthorized:
		w.found(a.event, handshake.New(handshake.ChallengeBadToken, fmt.Sprintf("A bad token is answered with %d instead "+
			"of 401: once a token has expired, no client signs in again.", a.status),
			`Make the server, and whatever is in front of it, answer 401 with error="invalid_token".`, a.evidence()...))
	case a.header.Get("Www-Authenticate") == "" && w.first.header.Get("Www-Authenticate") != "":
		w.found(a.event, handshake.New(handshake.ChallengeBadToken, "A bad token is answered with 401 and no challenge: "+
			"once a token has expired, clients do not know where to sign in.", "Make the server send WWW-Authenticate with "+
			"each 401.",
			a.evidence()...))
	default:
		a.event.Concludes = "an expired token makes clients sign in again"
	}
}

// large looks whether something on the way has small limits.
func (w *walker) large(ctx context.Context) {
	q := w.post(w.first.agent)
	q.what, q.quiet = fmt.Sprintf("initialize, with a token of %d KiB", largeHeader>>10), true
	q.header["Authorization"] = []string{"Bearer " + strings.Repeat("a", largeHeader)}
	if a := w.ask(ctx, q); refusesSize(a) {
		w.events = append(w.events, a.event)
		w.found(a.event, handshake.New(handshake.HeaderLimit, fmt.Sprintf("A token of %d KiB does not get through (%s); "+
			"people in many groups have tokens like that.%s", largeHeader>>10, came(a), by(a)), "Raise the limit of the "+
			"proxy (nginx: "+
			"large_client_header_buffers 4 32k), or keep groups out of access tokens.", a.evidence()...))
	}
	q = w.post(w.first.agent)
	q.what, q.quiet = fmt.Sprintf("initialize, in a body of %d KiB", largeBody>>10), true
	q.body = strings.TrimSuffix(initialize, "}") + strings.Repeat(" ", largeBody) + "}"
	if a := w.ask(ctx, q); a.err == nil && a.status == http.StatusRequestEntityTooLarge {
		w.events = append(w.events, a.event)
		w.found(a.event, handshake.New(handshake.BodyLimit, fmt.Sprintf("A request of %d KiB is too large for the server "+
			"or what is in front of it (413).%s", largeBody>>10, by(a)), "Raise the limit of the proxy (nginx: "+
			"client_max_body_size 4m) or of the server's framework (Express: express.json({limit: '4mb'})).",
			a.evidence()...))
	}
}

// refusesSize tells whether a request was refused for how large it is, and not for its token.
func refusesSize(a *answer) bool {
	switch a.status {
	case http.StatusBadRequest, http.StatusRequestHeaderFieldsTooLarge, http.StatusRequestEntityTooLarge, 494,
		http.StatusRequestURITooLong, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusInternalServerError:
		return true
	}
	return a.err != nil && a.err != errEnough
}

func came(a *answer) string {
	if a.err != nil {
		return "no answer"
	}
	return fmt.Sprint(a.status)
}

// methods asks by those that clients use beside POST.
func (w *walker) methods(ctx context.Context) {
	var open, broken []*answer
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodDelete} {
		a := w.ask(ctx, query{method: method, url: w.mcp.String(), agent: w.first.agent, quiet: true,
			header: http.Header{"Accept": {"text/event-stream"}}})
		switch {
		case a.err == errEnough:
			return
		case a.err == nil && a.status/100 == 2:
			open = append(open, a)
		case a.err != nil || a.status >= 500 && a.status != http.StatusNotImplemented:
			broken = append(broken, a)
		}
	}
	// What is the same for several methods is one finding.
	if names := w.shown(open); names != "" {
		a := open[0]
		w.found(a.event, handshake.New(handshake.MethodOpen, fmt.Sprintf("The answer to %s without a token is %s.", names,
			came(a)), "Make every method except OPTIONS require a token.", a.evidence()...))
	}
	if names := w.shown(broken); names != "" {
		a := broken[0]
		w.found(a.event, handshake.New(handshake.MethodBroken, fmt.Sprintf("The answer to %s is %s: the server or the "+
			"proxy fails. Clients open a GET for streams right after connecting, and accept 405 as an answer.", names, came(a)),
			"Make the proxy pass all methods; the server answers unsupported ones with 405.", a.evidence()...))
	}
}

// shown tells of answers that were quiet, and lists their methods.
func (w *walker) shown(list []*answer) string {
	var names []string
	for _, a := range list {
		w.events = append(w.events, a.event)
		names = append(names, a.method)
	}
	return strings.Join(names, " and ")
}

// page is the origin of Inspector's page.
const page = "http://localhost:6274"

// preflight asks as a browser does for a page, where a client in a page is among those that are walked as.
func (w *walker) preflight(ctx context.Context) {
	if len(w.who(func(p handshake.Profile) bool { return p.Needs.CORS })) == 0 {
		return
	}
	a := w.ask(ctx, query{method: http.MethodOptions, url: w.mcp.String(), as: "a browser for Inspector",
		agent: "Mozilla/5.0",
		header: http.Header{"Origin": {page}, "Access-Control-Request-Method": {"POST"},
			"Access-Control-Request-Headers": {"authorization,content-type,mcp-protocol-version"}}})
	allowed := strings.Join(a.header.Values("Access-Control-Allow-Origin"), ", ")
	if a.err == nil && a.status/100 == 2 && strings.Contains(allowed, ",") {
		w.found(a.event, handshake.New(handshake.CORSMissing, "Access-Control-Allow-Origin comes twice ("+clip(allowed)+
			"), and browsers then refuse the answer.", "Make only the proxy or only the server add these headers.",
			a.evidence()...).Of(handshake.Proxy))
		return
	}
	if a.err != nil || a.status/100 != 2 || allowed != "*" && allowed != page {
		w.found(a.event, handshake.New(handshake.CORSMissing, "A page at "+page+", where Inspector is, may not send "+
			"requests here ("+came(a)+").", "If nobody connects from a web page, do nothing. Otherwise make the proxy pass "+
			"OPTIONS, and add the origin to allowed_origins.", a.evidence()...))
		return
	}
	if lacks := notAllowed(a.header.Values("Access-Control-Allow-Headers")); len(lacks) > 0 {
		w.found(a.event, handshake.New(handshake.CORSMissing, "A page may not send "+strings.Join(lacks, ", ")+" here: "+
			"Access-Control-Allow-Headers does not name it, and * does not stand for authorization.", "Make the proxy leave "+
			"preflight requests to the server, or name all of them in Access-Control-Allow-Headers.", a.evidence()...).
			Of(handshake.Proxy))
		return
	}
	q := w.post("Mozilla/5.0")
	q.quiet = true
	q.header["Origin"] = []string{page}
	b := w.ask(ctx, q)
	exposed := strings.ToLower(strings.Join(b.header.Values("Access-Control-Expose-Headers"), ","))
	if b.err == nil && b.status == http.StatusUnauthorized && b.header.Get("Www-Authenticate") != "" &&
		!strings.Contains(exposed, "www-authenticate") && exposed != "*" {
		w.events = append(w.events, b.event)
		w.found(b.event, handshake.New(handshake.CORSChallengeHidden, "A page cannot read WWW-Authenticate: the 401 "+
			"does not name it in Access-Control-Expose-Headers.", "Send Access-Control-Expose-Headers: WWW-Authenticate "+
			"with each "+
			"answer.",
			b.evidence()...))
		return
	}
	a.event.Concludes = "pages may connect as well"
}

// notAllowed are the headers that pages send and an answer to their preflight does not allow.
func notAllowed(lines []string) (lacks []string) {
	var have []string
	for _, name := range strings.Split(strings.ToLower(strings.Join(lines, ",")), ",") {
		have = append(have, strings.TrimSpace(name))
	}
	for _, name := range []string{"authorization", "content-type", "mcp-protocol-version"} {
		if !slices.Contains(have, name) && (name == "authorization" || !slices.Contains(have, "*")) {
			lacks = append(lacks, name)
		}
	}
	return lacks
}

// otherSlash asks for the URL with, or without, the slash at its end.
func (w *walker) otherSlash(ctx context.Context) {
	if w.mcp.Path == "" || w.mcp.Path == "/" {
		return
	}
	q, other := w.post(w.first.agent), *w.mcp
	other.RawPath = ""
	if other.Path = w.mcp.Path + "/"; strings.HasSuffix(w.mcp.Path, "/") {
		other.Path = strings.TrimSuffix(w.mcp.Path, "/")
	}
	q.url, q.quiet = other.String(), true
	a := w.ask(ctx, q)
	if a.err != nil || a.status == http.StatusUnauthorized || a.status == http.StatusTooManyRequests {
		return
	}
	w.events = append(w.events, a.event)
	w.found(a.event, handshake.New(handshake.SlashDiffers, fmt.Sprintf("%s is answered with %d, %s with 401. "+
		"Claude's dialog removes the slash at the end.", clip(other.String()), a.status, clip(w.typed)),
		"Serve both alike, without a redirect.", a.evidence()...))
}

// clocks compares the clock of whoever answered with this machine's. Where server and provider are off alike, it is
// this machine's clock that is.
func (w *walker) clocks(a *answer) {
	at, err := http.ParseTime(a.header.Get("Date"))
	if err != nil {
		return
	}
	skew := at.Sub(w.cfg.Now().Truncate(time.Second)) // as the header is
	if math.Abs(float64(skew)) <= float64(maxSkew+a.took) {
		return
	}
	if w.skewed != nil && math.Abs(float64(skew-w.skew)) <= float64(maxSkew) {
		i := slices.IndexFunc(w.skewed.Findings, func(f handshake.Finding) bool { return f.Code == handshake.ClockSkew })
		f := &w.skewed.Findings[i]
		f.Severity = handshake.Info
		f.Text = "The server and the provider agree on the time, and this machine's clock differs from both."
		f.Cure = "Synchronise this machine's clock; nothing is wrong with the others."
		return
	}
	way, off := "ahead of", skew
	if skew < 0 {
		way, off = "behind", -skew
	}
	f := handshake.New(handshake.ClockSkew, fmt.Sprintf("The clock of %s is %s %s this machine's.", hostOf(a.url),
		off.Round(time.Second), way), "Synchronise the clocks (chrony, systemd-timesyncd); tokens carry times.",
		"Date: "+clip(a.header.Get("Date")))
	if w.step >= handshake.ServerMetadata {
		f = f.At(w.step).Of(handshake.Provider)
	} else {
		w.skew, w.skewed = skew, a.event
	}
	w.found(a.event, f)
}

// transformed looks whether something on the way compressed what nobody asked to be compressed.
func (w *walker) transformed(a *answer) {
	if enc := a.header.Get("Content-Encoding"); enc != "" && !strings.EqualFold(enc, "identity") {
		w.found(a.event, handshake.New(handshake.BodyTransformed, "The answer is compressed ("+clip(enc)+"), which nobody "+
			"asked for.", "Switch compression and rewriting off for the MCP path.", a.evidence()...))
	}
	if a.took >= slow {
		w.slow(a)
	}
}

// slow tells of an answer that took long.
func (w *walker) slow(a *answer) {
	f := handshake.New(handshake.AnswerSlow, fmt.Sprintf("%s took %s to answer; Claude waits 10 s for metadata.",
		hostOf(a.url), a.took.Round(100*time.Millisecond)), "Keep a process running (serverless ones start cold), and "+
		"check DNS and the network path.")
	if w.step > handshake.Challenge {
		f = f.At(w.step)
	}
	w.found(a.event, f)
}
