package handshake

import (
	"slices"
	"strings"
	"unicode"
)

// Code names a kind of finding. It is a heading of README.md, and never changes its meaning.
type Code string

// DocumentURL is where the headings are.
const DocumentURL = "https://github.com/bestviable/coda-gateway/blob/main/gateway/handshake/README.md"

// URL leads to what the code means, how it shows, and what to do.
func (c Code) URL() string { return DocumentURL + "#" + string(c) }

// Severity is what a finding does to clients.
type Severity string

const (
	// Info is good to know, and in nobody's way.
	Info Severity = "info"
	// Warning makes things worse for somebody, or stops them in circumstances that cannot be seen from here.
	Warning Severity = "warning"
	// Error stops the clients that the finding names.
	Error Severity = "error"
)

// rank orders severities.
func (s Severity) rank() int { return slices.Index([]Severity{Info, Warning, Error}, s) }

// Fault is where something is to be changed.
type Fault string

// Those whose fault it can be.
const (
	// Configuration is the server's own: gateway.yaml.
	Configuration Fault = "configuration"
	// Proxy is whatever stands in front of the server: a proxy, a load balancer, a firewall for the web.
	Proxy Fault = "proxy"
	// Provider is the authorization server, or what stands in front of it.
	Provider Fault = "provider"
	// Client is the MCP client, with a bug or a limit of its own.
	Client Fault = "client"
	// Coda is Coda: its token, its account, its limits.
	Coda Fault = "coda"
	// Network is names, addresses and the way between.
	Network Fault = "network"
)

// Finding is something that is not as a client needs it.
type Finding struct {
	Code Code `json:"code"`
	// Step is where clients meet it.
	Step Step `json:"step"`
	// Title says what is wrong in a few words, the same for each finding of the code.
	Title string `json:"title"`
	// Text says what came, and what was wanted.
	Text string `json:"text"`
	// Cure says what to change, and where.
	Cure     string   `json:"cure,omitempty"`
	Severity Severity `json:"severity"`
	Fault    Fault    `json:"fault"`
	// Clients are the ids of the profiles that it concerns; empty = all.
	Clients []string `json:"clients,omitempty"`
	// DependsOn are the codes whose consequence it is where one of them is found as well.
	DependsOn []Code `json:"depends_on,omitempty"`
	// Evidence is what came, as it came, cleaned and clipped.
	Evidence []string `json:"evidence,omitempty"`
	// Known are the numbers of the clients' own bugs that it shows up as, such as anthropics/claude-code#93290.
	Known []string `json:"known,omitempty"`
	// URL leads to the code's heading.
	URL string `json:"url"`
}

// New is a finding of a code, with everything that is the same for all of its kind. A code that the catalogue does not
// have is a mistake of the program: the finding then says so.
func New(code Code, text, cure string, evidence ...string) Finding {
	e, ok := Find(code)
	if !ok {
		e = Entry{Code: code, Title: "a finding that has no entry in the catalogue", Severity: Warning}
	}
	return Finding{Code: code, Step: e.Step, Title: e.Title, Text: text, Cure: cure, Severity: e.Severity, Fault: e.Fault,
		Clients: e.Clients, DependsOn: e.DependsOn, Evidence: evidence, Known: e.Known, URL: code.URL()}
}

// At is the finding at another step than its kind's usual one: an expired certificate is met wherever a host is.
func (f Finding) At(step Step) Finding { f.Step = step; return f }

// For is the finding for these clients only.
func (f Finding) For(clients ...string) Finding { f.Clients = clients; return f }

// As is the finding with another severity.
func (f Finding) As(s Severity) Finding { f.Severity = s; return f }

// Of is the finding with another one's fault: a certificate is the provider's where the host is.
func (f Finding) Of(fault Fault) Finding { f.Fault = fault; return f }

// Concerns tells whether it is about a client.
func (f Finding) Concerns(client string) bool {
	return len(f.Clients) == 0 || slices.Contains(f.Clients, client)
}

// Stops tells whether it keeps a client from going on.
func (f Finding) Stops(client string) bool { return f.Severity == Error && f.Concerns(client) }

// Entry is what is the same for all findings of a code.
type Entry struct {
	Code     Code
	Step     Step
	Title    string
	Severity Severity
	Fault    Fault
	// Clients that it concerns; empty = all.
	Clients []string
	// DependsOn are the codes that it follows from, where they are found as well.
	DependsOn []Code
	// Known are bugs of clients by their numbers.
	Known []string
}

// Catalogue lists every code once, by step.
func Catalogue() []Entry {
	return slices.Concat(reachCodes(), challengeCodes(), resourceCodes(), serverCodes(), registrationCodes(),
		authorizationCodes(), tokenCodes(), callCodes(), insideCodes())
}

// Find is the entry of a code.
func Find(code Code) (Entry, bool) {
	all := Catalogue()
	i := slices.IndexFunc(all, func(e Entry) bool { return e.Code == code })
	if i < 0 {
		return Entry{}, false
	}
	return all[i], true
}

// follows tells whether a code is a consequence of another, through as many as lie between.
func follows(code, from Code) bool {
	seen := map[Code]bool{}
	var walk func(Code) bool
	walk = func(c Code) bool {
		if seen[c] {
			return false
		}
		seen[c] = true
		e, _ := Find(c)
		return slices.Contains(e.DependsOn, from) || slices.ContainsFunc(e.DependsOn, walk)
	}
	return walk(code)
}

// Clean makes what a stranger wrote fit to be shown on a line: no control characters, no direction marks, no more than
// limit characters.
func Clean(s string, limit int) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n == limit {
			return b.String() + "…"
		}
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			r = ' '
		case !printable(r):
			r = '\uFFFD'
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}

// printable keeps out what terminals obey, what turns text around and what cannot be seen.
func printable(r rune) bool { return unicode.IsPrint(r) && !unicode.Is(unicode.Cf, r) }
