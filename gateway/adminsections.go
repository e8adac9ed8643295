package gateway

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/gateway/adminpage"
)

// PageOfHealth is the admin page's section of whether people can be served, and what is in the way.
func (s *Server) PageOfHealth(context.Context) adminpage.Section {
	state, now := s.readiness(), time.Now()
	out := adminpage.Section{Title: "Health", Columns: []string{"What", "How it stands"}}
	add := func(what, how string, bad bool) {
		out.Rows = append(out.Rows, []adminpage.Cell{adminpage.Text(what), {Text: how, Bad: bad}})
	}
	add("Ready", state.Status, state.Status != "ready")
	add("Public URL", s.Site().PublicURL(), false)
	reload := state.Reload
	switch {
	case reload.Error != "":
		add("Configuration", "the changed file has errors, so the previous one is in force: "+reload.Error, true)
	case len(reload.Restart) > 0:
		add("Configuration", "in force, except for what needs a restart: "+strings.Join(reload.Restart, ", "), true)
	default:
		add("Configuration", "in force, read "+adminpage.Ago(reload.Loaded, now).Text, false)
	}
	names := make([]string, 0, len(state.Details))
	for name := range state.Details {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		add(name, state.Details[name], true)
	}
	return out
}

// PageOfIssuers is the admin page's section of the identity providers.
func (s *Server) PageOfIssuers(context.Context) adminpage.Section {
	now := time.Now()
	out := adminpage.Section{Title: "Identity providers",
		Columns: []string{"Issuer", "Keys", "Fetched", "Last failure", "Error"}}
	for _, i := range s.Site().Issuers() {
		text := i.LastError
		if i.Cure != "" {
			text += " What to do: " + i.Cure + "."
		}
		out.Rows = append(out.Rows, []adminpage.Cell{
			adminpage.Text(i.URL), {Text: strconv.Itoa(i.Keys), Bad: !i.Ready}, adminpage.Ago(i.LastSuccess, now),
			adminpage.Ago(i.LastFailure, now), {Text: text, Bad: i.LastFailure.After(i.LastSuccess)},
		})
	}
	return out
}
