package journal

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/gateway/adminpage"
	"github.com/bestviable/coda-gateway/gateway/handshake"
)

// List is what the admin listener answers under /attempts.
type List struct {
	Version  int       `json:"version"`
	Attempts []Summary `json:"attempts"`
}

// Handler answers, on the admin listener, GET /attempts and GET /attempts/{id}: JSON, and a page where a browser asks.
type Handler struct {
	journal *Journal
	title   string
}

// NewHandler makes one. The title is that of pages.
func NewHandler(j *Journal, title string) *Handler { return &Handler{j, title} }

// ServeHTTP answers.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	html := strings.Contains(r.Header.Get("Accept"), "text/html")
	w.Header().Set("Vary", "Accept")
	id := r.PathValue("id")
	if id == "" {
		if html {
			adminpage.New(h.title+": attempts to connect",
				func(context.Context) adminpage.Section { return h.journal.section(0) }).ServeHTTP(w, r)
			return
		}
		writeJSON(w, http.StatusOK, List{SchemaVersion, h.journal.Attempts()})
		return
	}
	report, ok := h.journal.Find(r.Context(), id)
	switch {
	case !ok:
		writeJSON(w, http.StatusNotFound, map[string]string{"error": "no attempt and no request that this gateway " +
			"remembers has that id; search the log for it: every request has request_id and, before a sign-in, attempt"})
	case html:
		report.page(h.title).ServeHTTP(w, r)
	default:
		writeJSON(w, http.StatusOK, report)
	}
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(v)
}

// onPage is how many attempts the admin page shows.
const onPage = 20

// Section is the admin page's section of attempts.
func (j *Journal) Section() adminpage.Section { return j.section(onPage) }

// section shows attempts, so many at most; 0 = all.
func (j *Journal) section(most int) adminpage.Section {
	s := adminpage.Section{Title: "Attempts to connect", Note: "Nobody has tried yet.",
		Columns: []string{"Attempt", "Last seen", "Who", "Client", "Last step", "Outcome", "What is wrong"}}
	list := j.Attempts()
	if most > 0 && len(list) > most {
		list = list[:most]
	}
	now := time.Now()
	for _, a := range list {
		bad := a.Outcome == Stalled || a.Outcome == Failed || a.Outcome == Toolless
		wrong := a.Title
		if a.Outcome == Waiting {
			wrong = ""
		}
		s.Note = "Each leads to what happened, what did not, why, and what to do. JSON is at the same paths."
		s.Rows = append(s.Rows, []adminpage.Cell{{Text: a.ID, Link: "/attempts/" + a.ID}, adminpage.Ago(a.Last, now),
			adminpage.Text(a.Who()), adminpage.Text(cmp.Or(a.Client, "–")), adminpage.Text(a.LastStep.String()),
			{Text: string(a.Outcome), Bad: bad}, adminpage.Text(cmp.Or(wrong, "–"))})
	}
	return s
}

// page is an attempt as a page.
func (r *Report) page(title string) *adminpage.Page {
	sections := []adminpage.Section{r.aboutSection(), r.eventsSection()}
	if len(r.Missing) > 0 {
		s := adminpage.Section{Title: "What did not happen", Columns: []string{"Step", ""}}
		for _, m := range r.Missing {
			s.Rows = append(s.Rows, []adminpage.Cell{adminpage.Text(m.Step.String()), adminpage.Text(m.Text)})
		}
		sections = append(sections, s)
	}
	if len(r.Knows) > 0 {
		s := adminpage.Section{Title: "What is known of the identity provider", Note: r.Provider, Columns: []string{"It " +
			"says"}}
		for _, k := range r.Knows {
			s.Rows = append(s.Rows, []adminpage.Cell{adminpage.Text(k)})
		}
		sections = append(sections, s)
	}
	ask := make([]func(context.Context) adminpage.Section, len(sections))
	for i, s := range sections {
		ask[i] = func(context.Context) adminpage.Section { return s }
	}
	return adminpage.New(title+": attempt "+r.ID, ask...)
}

func (r *Report) aboutSection() adminpage.Section {
	s := adminpage.Section{Title: "Attempt " + r.ID, Note: r.Story, Columns: []string{"What", ""}}
	add := func(what, value string, bad bool) {
		if value != "" {
			s.Rows = append(s.Rows, []adminpage.Cell{adminpage.Text(what), {Text: value, Bad: bad}})
		}
	}
	add("Outcome", string(r.Outcome), r.Outcome != Well && r.Outcome != Waiting && r.Outcome != Unclear)
	if f := r.Finding; f != nil {
		why := "Why"
		if r.Outcome == Waiting {
			why = "Why, if nothing more comes"
		}
		add(why, f.Title+" ("+string(f.Code)+"). "+f.Text, false)
		add("What to do", f.Cure, false)
		add("More", f.URL, false)
	}
	add("Person", r.Name, false)
	add("Subject", r.Subject, false)
	add("Issuer", r.Issuer, false)
	add("Client", r.Client, false)
	add("Client id", r.ClientID, false)
	add("From", strings.Join(r.Addresses, ", "), false)
	add("First and last", r.Began.UTC().Format(time.DateTime)+", "+r.Last.UTC().Format(time.DateTime)+" UTC", false)
	if r.Calls > 0 {
		add("Calls that were fine after that", strconv.FormatInt(r.Calls, 10), false)
	}
	return s
}

func (r *Report) eventsSection() adminpage.Section {
	s := adminpage.Section{Title: "What happened",
		Columns: []string{"When", "Step", "Request", "Answer", "What the client makes of it"}}
	for _, e := range r.Events {
		when := e.Time.UTC().Format(time.TimeOnly)
		if e.Times > 1 {
			when += ", " + times(e.Times) + " up to " + e.Last.UTC().Format(time.TimeOnly)
		}
		answer := strings.Join(append([]string{e.Answer}, e.Detail...), ": ")
		s.Rows = append(s.Rows, []adminpage.Cell{adminpage.Text(when), adminpage.Text(e.Step.String()),
			adminpage.Text(e.Request), {Text: handshake.Clean(answer, 400), Bad: e.Bad}, adminpage.Text(e.Concludes)})
	}
	return s
}
