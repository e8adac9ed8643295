package build

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/lend"
	"github.com/bestviable/coda-gateway/gateway/metrics"
)

// codaHealth is how the Coda credentials do that the configuration lends: those that stand in it from the start, those
// in files from their first use. It learns from what is asked of Coda anyway, and from being told what a try found
// ([Builder.WatchCoda]). People's own tokens are theirs to look after, and not in it.
type codaHealth struct {
	log zerolog.Logger

	mu sync.Mutex
	// known are the credentials by name.
	known map[string]*credentialHealth
	// directories are the entries that lend what is in a directory, baseURL is which Coda they are for.
	directories []lend.Rule
	baseURL     string
	// due wakes whoever tries credentials.
	due chan struct{}
}

// credentialHealth is how one credential does.
type credentialHealth struct {
	all        *codaHealth
	credential lend.Credential
	digest     [sha256.Size]byte

	// account is whose it is, as far as Coda said.
	account string
	tried   bool
	// fault is what is wrong, since when, and the status that told; empty = nothing.
	fault  call.Reason
	status int
	since  time.Time
	// next is when it is tried again, used when somebody was lent it last.
	next, used time.Time
}

// mostFiles bounds the credentials in files that are looked after; the one that was used least recently goes first.
const mostFiles = 1000

func newCodaHealth(log zerolog.Logger) *codaHealth {
	return &codaHealth{log: log, known: map[string]*credentialHealth{}, due: make(chan struct{}, 1)}
}

// standing says which credentials the configuration has now. Those that are new are tried at once, and those that it
// no longer lends are forgotten.
func (h *codaHealth) standing(now []lend.Credential, directories []lend.Rule, baseURL string) {
	for _, c := range now {
		h.lent(c, baseURL)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.directories, h.baseURL = directories, baseURL
	for name, k := range h.known {
		c := k.credential
		gone := c.File == "" && !slices.ContainsFunc(now, func(s lend.Credential) bool { return s.Rule == c.Rule })
		if gone || c.File != "" && !slices.ContainsFunc(directories, func(r lend.Rule) bool { return r.Name == c.Rule }) {
			delete(h.known, name)
		}
	}
}

// lent notes that somebody is lent a credential, or could be. Another token in its place begins anew.
func (h *codaHealth) lent(c lend.Credential, baseURL string) {
	if c.Rule == lend.Brought {
		return
	}
	digest, now := digestOf(c, baseURL), time.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	k := h.known[c.Name()]
	if k != nil && k.digest == digest {
		k.used = now
		return
	}
	if k == nil && c.File != "" {
		h.makeRoom()
	}
	h.known[c.Name()] = &credentialHealth{all: h, credential: c, digest: digest, next: now, used: now}
	h.wake()
}

// unusable notes that the file of a credential has none. It is looked at again until it has, or is gone.
func (h *codaHealth) unusable(c lend.Credential) {
	now := time.Now()
	h.mu.Lock()
	k := h.known[c.Name()]
	if k != nil && k.credential.Token == "" {
		k.used = now
		h.mu.Unlock()
		return
	}
	if k == nil {
		h.makeRoom()
	}
	k = &credentialHealth{all: h, credential: c, next: now.Add(tryIll), used: now}
	h.known[c.Name()] = k
	h.mu.Unlock()
	k.found(call.CodaTokenUnusable, 0, "")
	h.wake()
}

// lookAgain looks at files that had no token, so that who mends one sees so.
func (h *codaHealth) lookAgain() {
	var list []*credentialHealth
	h.mu.Lock()
	for _, k := range h.known {
		if k.credential.Token == "" && len(list) < mostTold {
			list = append(list, k)
		}
	}
	h.mu.Unlock()
	for _, k := range list {
		h.look(k)
	}
}

// look reads the file of a credential that had none, and learns what it has now.
func (h *codaHealth) look(k *credentialHealth) {
	h.mu.Lock()
	baseURL := h.baseURL
	i := slices.IndexFunc(h.directories, func(r lend.Rule) bool { return r.Name == k.credential.Rule })
	directory := ""
	if i >= 0 {
		directory = h.directories[i].Directory
	}
	h.mu.Unlock()
	token, err := lend.ReadFile(directory, k.credential.File)
	h.mu.Lock()
	k.next = time.Now().Add(tryIll)
	if gone := errors.Is(err, fs.ErrNotExist); gone && h.known[k.credential.Name()] == k {
		delete(h.known, k.credential.Name())
	}
	h.mu.Unlock()
	if err == nil {
		h.lent(lend.Credential{Token: token, Rule: k.credential.Rule, File: k.credential.File}, baseURL)
	}
}

// of is the health of a credential; nil for one that is not looked after, or has another token by now.
func (h *codaHealth) of(name string, digest [sha256.Size]byte) *credentialHealth {
	h.mu.Lock()
	defer h.mu.Unlock()
	if k := h.known[name]; k != nil && k.digest == digest {
		return k
	}
	return nil
}

// digestOf tells one token at one Coda from another.
func digestOf(c lend.Credential, baseURL string) [sha256.Size]byte {
	return sha256.Sum256([]byte(baseURL + "\x00" + c.Token))
}

// makeRoom forgets the file that was used least recently where there are too many.
func (h *codaHealth) makeRoom() {
	var oldest *credentialHealth
	files := 0
	for _, k := range h.known {
		if k.credential.File == "" {
			continue
		}
		files++
		if oldest == nil || k.used.Before(oldest.used) {
			oldest = k
		}
	}
	if files >= mostFiles {
		delete(h.known, oldest.credential.Name())
	}
}

func (h *codaHealth) wake() {
	select {
	case h.due <- struct{}{}:
	default:
	}
}

// observe learns from a request that was made for somebody. A token that Coda does not take is 401, and so is one that
// is restricted and may not do just that: only whoami tells them apart.
func (k *credentialHealth) observe(ctx context.Context, e coda.Event) {
	done, ok := e.(coda.RequestDone)
	if k == nil || !ok {
		return
	}
	fault := codaFault(done.Status)
	switch {
	case fault == "":
		k.found("", done.Status, "")
	case fault == call.CodaTokenRefused && done.Op == coda.OpWhoAmI:
		k.found(fault, done.Status, "")
	case fault == call.CodaTokenRefused:
		k.doubt()
	case fault == call.CodaUnreachable && done.Attempt > 1 && ctx.Err() == nil:
		// The first attempt may have met a hiccup, and whoever gave up says nothing of Coda.
		k.found(fault, done.Status, "")
	case fault != call.CodaUnreachable && k.is(call.CodaUnreachable):
		k.found("", done.Status, "")
	}
}

func (k *credentialHealth) is(fault call.Reason) bool {
	k.all.mu.Lock()
	defer k.all.mu.Unlock()
	return k.fault == fault
}

// doubt has the credential tried soon.
func (k *credentialHealth) doubt() {
	k.all.mu.Lock()
	defer k.all.mu.Unlock()
	if soon := time.Now().Add(doubtAfter); k.fault == "" && soon.Before(k.next) {
		k.next = soon
		k.all.wake()
	}
}

// found notes how the credential does, and says in the log what has changed. account is empty where nobody asked.
func (k *credentialHealth) found(fault call.Reason, status int, account string) {
	h := k.all
	h.mu.Lock()
	defer h.mu.Unlock()
	before, presented := k.fault, k.account == "" && account != "" && k.credential.File == ""
	k.tried, k.status, k.account = true, status, cmp.Or(account, k.account)
	if fault == before && !presented {
		return
	}
	if k.fault = fault; fault != before {
		k.since = time.Now()
	}
	if k.credential.File != "" && (fault == call.CodaUnreachable || before == call.CodaUnreachable) && h.away(k) {
		return // that Coda is away is said once, not for each of a thousand files
	}
	event := h.log.Info()
	words := "Coda accepts the credential"
	if fault != "" {
		event, words = h.log.Warn().Str("reason", string(fault)), "the file of this credential has no token"
		if fault != call.CodaTokenUnusable {
			event, words = event.Int("status", status), "Coda does not answer requests with this credential"
		}
	} else if before != "" {
		words = "Coda accepts the credential again"
	}
	if k.account != "" {
		event.Str("account", k.account)
	}
	if fault != "" {
		event.Str("cure", k.cure())
	}
	event.Str("credential", k.credential.Name()).Msg(words)
}

// away tells whether Coda does not answer for another credential than k.
func (h *codaHealth) away(k *credentialHealth) bool {
	for _, other := range h.known {
		if other != k && other.fault == call.CodaUnreachable {
			return true
		}
	}
	return false
}

// says tells what is wrong, for readiness.
func (k *credentialHealth) says() string {
	since := " since " + k.since.UTC().Format(time.RFC3339)
	var what string
	switch {
	case k.fault == call.CodaTokenRefused:
		what = "Coda has refused the credential" + since
	case k.fault == call.CodaTokenUnusable:
		what = "its file has had no token" + since
	case k.fault == call.CodaRateLimited:
		what = "Coda asks for fewer requests" + since
	case k.status == 0:
		what = "Coda has not answered" + since
	default:
		what = fmt.Sprintf("Coda has answered with %d %s%s", k.status, http.StatusText(k.status), since)
	}
	name := k.credential.Name()
	if k.account != "" {
		name += " of " + k.account
	}
	return fmt.Sprintf("%s: %s: %s; %s", name, k.fault, what, k.cure())
}

func (k *credentialHealth) cure() string {
	switch k.fault {
	case call.CodaTokenRefused:
		return "put a valid Coda API token there"
	case call.CodaTokenUnusable:
		return "put the Coda API token, and nothing else, into it; the detail of the call in the log says what is wrong"
	case call.CodaRateLimited:
		return "lower coda.budgets, or find out who else uses the account"
	case call.CodaUnreachable:
		return "check this network's outgoing connections, and status.coda.io"
	}
	return "check coda.base_url, and what the account may do"
}

// mostTold is how many of those in trouble readiness names.
const mostTold = 5

// trouble says for readiness what is wrong with which credentials; empty where nothing is.
func (h *codaHealth) trouble() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var dead []*credentialHealth
	for _, k := range h.known {
		if k.fault != "" {
			dead = append(dead, k)
		}
	}
	slices.SortFunc(dead, func(a, b *credentialHealth) int {
		return cmp.Or(cmp.Compare(len(a.credential.File), len(b.credential.File)),
			cmp.Compare(a.credential.Name(), b.credential.Name()))
	})
	told := h.unreadable()
	for _, k := range dead[:min(len(dead), mostTold)] {
		told = append(told, k.says())
	}
	if more := len(dead) - mostTold; more > 0 {
		told = append(told, fmt.Sprintf("and %d more; see the log", more))
	}
	return strings.Join(told, " | ")
}

// unreadable says which directories of credentials cannot be read. It is looked up each time: who mends it sees so.
func (h *codaHealth) unreadable() (told []string) {
	for _, r := range h.directories[:min(len(h.directories), mostTold)] {
		if err := lend.Readable(r.Directory); err != nil {
			told = append(told, fmt.Sprintf("%s: %s: %v; create it, or let the gateway's user read it", r.Name,
				call.CodaTokenUnusable, err))
		}
	}
	return told
}

// CodaTrouble says for readiness what is wrong with the Coda credentials; empty where nothing is.
func (b *Builder) CodaTrouble() string {
	b.health.lookAgain()
	return b.health.trouble()
}

// CodaCredential is how a Coda credential does.
type CodaCredential struct {
	// Rule is where it stands in the configuration, File the name of its file where it is in one.
	Rule, File string
	// Account is whose it is, as far as Coda said; never a token.
	Account string
	// Tried: it is known how it does. Fault is what is wrong; empty = nothing. Since is for how long.
	Tried bool
	Fault call.Reason
	Since time.Time
}

// CodaCredentials lists how the credentials do, by name.
func (b *Builder) CodaCredentials() []CodaCredential {
	h := b.health
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]CodaCredential, 0, len(h.known))
	for _, k := range h.known {
		out = append(out, CodaCredential{k.credential.Rule, k.credential.File, k.account, k.tried, k.fault, k.since})
	}
	slices.SortFunc(out, func(a, b CodaCredential) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.File, b.File))
	})
	return out
}

// countCredentials counts them for metrics by entry and state; each entry has the state ok, if only with 0.
func (b *Builder) countCredentials() []metrics.Credentials {
	var out []metrics.Credentials
	at := func(entry, state string) *int {
		i := slices.IndexFunc(out, func(c metrics.Credentials) bool { return c.Entry == entry && c.State == state })
		if i < 0 {
			i = len(out)
			out = append(out, metrics.Credentials{Entry: entry, State: state})
		}
		return &out[i].Count
	}
	for _, c := range b.CodaCredentials() {
		well := at(c.Rule, "ok")
		switch {
		case c.Fault != "":
			*at(c.Rule, string(c.Fault))++
		case !c.Tried:
			*at(c.Rule, "untried")++
		default:
			*well++
		}
	}
	return out
}
