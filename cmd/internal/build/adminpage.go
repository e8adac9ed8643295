package build

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway"
	"github.com/bestviable/coda-gateway/gateway/adminpage"
	"github.com/bestviable/coda-gateway/gateway/state"
)

// NewAdminPage makes the operator's page, and has the sites that are built from now on tell it of calls. server finds
// the server, which is made later. What it remembered is read from the state store, and written there now and then and
// at the end: whoever looks after a crash wants to know who called last.
func (b *Builder) NewAdminPage(ctx context.Context, server func() *gateway.Server) (page http.Handler, closing func()) {
	recent := adminpage.NewRecent()
	b.ended = append(b.ended, recent.Ended)
	room := b.state.Room("seen", state.Passing)
	if r, ok, err := room.Get(ctx, seenRecord); err == nil && ok {
		recent.Restore(r.Value)
	}
	page = adminpage.New("coda-gateway "+b.Version,
		func(ctx context.Context) adminpage.Section { return server().PageOfHealth(ctx) },
		func(ctx context.Context) adminpage.Section { return server().PageOfIssuers(ctx) },
		b.pageOfAttempts, b.pageOfCredentials, recent.People, recent.Denied, b.pageOfLimits,
	)
	s := &seen{recent: recent, room: room, keep: b.state.Keep()}
	ending, end := context.WithCancel(context.WithoutCancel(ctx))
	var saving sync.WaitGroup
	saving.Go(func() { s.often(ending) })
	return page, func() {
		end()
		saving.Wait()
		if err := s.save(ctx); err != nil {
			b.Log.Warn().Err(err).Msg("recent people could not be saved for the admin page")
		}
	}
}

// seen keeps in the state store what the page remembers.
type seen struct {
	recent *adminpage.Recent
	room   *state.Room
	keep   time.Duration
	saved  []byte
}

// seenEvery is how much of it a crash may lose.
const seenEvery = time.Minute

// often saves until ctx ends. Where the store is away others say so.
func (s *seen) often(ctx context.Context) {
	tick := time.NewTicker(seenEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			_ = s.save(ctx)
		}
	}
}

func (s *seen) save(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), usageWithin)
	defer cancel()
	data, err := s.recent.Snapshot(time.Now().Add(-s.keep))
	if err != nil || bytes.Equal(data, s.saved) {
		return err
	}
	if err := s.room.Put(ctx, seenRecord, data); err != nil {
		return err
	}
	s.saved = data
	return nil
}

// seenRecord is the one record of the room.
const seenRecord = "lately"

func (b *Builder) pageOfCredentials(context.Context) adminpage.Section {
	out := adminpage.Section{Title: "Coda credentials",
		Note: "None has been used yet.", Columns: []string{"From", "Account", "State", "Since"}}
	for _, c := range b.CodaCredentials() {
		how, since := adminpage.Cell{Text: "not tried yet"}, adminpage.Text("–")
		switch {
		case c.Fault != "":
			how, since = adminpage.Cell{Text: string(c.Fault), Bad: true}, adminpage.Ago(c.Since, time.Now())
		case c.Tried:
			how.Text = "ok"
		}
		from := c.Rule
		if c.File != "" {
			from += ": " + c.File
		}
		out.Note = ""
		out.Rows = append(out.Rows, []adminpage.Cell{adminpage.Text(from), adminpage.Text(cmp.Or(c.Account, "–")), how,
			since})
	}
	return out
}

func (b *Builder) pageOfLimits(ctx context.Context) adminpage.Section {
	out := adminpage.Section{Title: "Limits and budgets", Columns: []string{"What", "Value"}}
	add := func(what, format string, args ...any) {
		out.Rows = append(out.Rows, []adminpage.Cell{adminpage.Text(what), adminpage.Text(fmt.Sprintf(format, args...))})
	}
	if l := b.limits.Load(); l != nil {
		u := l.Usage()
		add("Calls waiting for others of the same person or client", "%d now, %d since the start", u.Waiting, u.Waits)
	}
	if cfg := b.inForce.Load(); cfg != nil {
		budgets := cfg.Coda.Budgets
		for _, r := range []struct {
			name string
			rate config.Rate
		}{{"read", budgets.Read}, {"write", budgets.Write}, {"content", budgets.Content}, {"list_docs", budgets.ListDocs},
			{"analytics", budgets.Analytics}} {
			add("coda.budgets."+r.name+", per Coda account", "%d in %v", r.rate.Requests, r.rate.Per)
		}
	}
	if usage, err := b.state.Usage(ctx); err == nil {
		add("State store", "%d KiB of %d MiB", usage.Bytes>>10, usage.MaxBytes>>20)
	}
	return out
}
