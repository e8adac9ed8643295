package build

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway"
)

// Reloader keeps a running server at what its configuration file says, with the secrets and certificates that the
// file names.
//
// Whatever is wrong leaves the site that is: a broken file, half of one, a secret that is gone. The log says so
// once, and so does readiness, which stays; one typo must not take every replica out.
type Reloader struct {
	Builder *Builder
	Server  *gateway.Server
	// Path is the configuration file, Options what it is read against.
	Path    string
	Options config.Options
	// Apply puts in force what belongs to the process: how it uses memory and what it logs. nil = nothing does.
	Apply func(*config.Config)
	Log   zerolog.Logger

	// mu is held while a configuration is loaded and put in force.
	mu sync.Mutex
	// started is what the process began with, current what is in force.
	started, current *config.Config
	files            *files
	// said is the last complaint, so that each is made once.
	said string
}

// Load reads the configuration for the start. It is called once, before anything else.
func (r *Reloader) Load() (*config.Config, []config.Warning, error) {
	r.files = newFiles(r.Path)
	cfg, warnings, err := config.Load(r.Path, r.files.follow(r.Options))
	r.started, r.current = cfg, cfg
	r.files.remember()
	return cfg, warnings, err
}

// Reload puts in force what the file says now. asked tells that somebody wants it so, and not a file that was just
// being written: only then does a configuration take effect that opens what the one before kept closed.
func (r *Reloader) Reload(asked bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	cfg, warnings, err := config.Load(r.Path, r.files.follow(r.Options))
	r.files.remember()
	if err == nil && !asked {
		err = loses(config.Lost(r.current, cfg))
	}
	if err != nil {
		r.fail(err)
		return
	}
	next, err := r.Builder.Site(cfg)
	if err != nil {
		r.fail(err)
		return
	}
	r.said = ""
	r.current = cfg
	if r.Apply != nil {
		r.Apply(cfg)
	}
	r.Server.Replace(next)
	r.Server.ReloadCertificate()
	restart := restartNeeded(r.started, cfg)
	r.Server.Reloaded(restart)
	for _, w := range warnings {
		r.Log.Warn().Str("file", w.File).Int("line", w.Line).Int("column", w.Column).Str("key", w.Path).Msg(w.Message)
	}
	if len(restart) > 0 {
		r.Log.Warn().Strs("keys",
			restart).Msg("these keys have changed but need a restart; restart the gateway when convenient")
	}
	r.Log.Info().Bool("asked", asked).Msg("the configuration was reloaded and is in force")
}

// fail says once why the site stays as it is.
func (r *Reloader) fail(err error) {
	r.Server.ReloadFailed(oneLine(err))
	if r.said == err.Error() {
		return
	}
	r.said = err.Error()
	problems, ok := errors.AsType[*config.Problems](err)
	if !ok {
		r.Log.Error().Err(err).Msg("the configuration was not reloaded; the previous one stays in force")
		return
	}
	for _, p := range problems.List {
		r.Log.Error().Str("file", p.File).Int("line", p.Line).Int("column", p.Column).Str("key", p.Path).Str("error",
			p.Message).
			Msg("the configuration was not reloaded; the previous one stays in force")
	}
}

// oneLine is for readiness, which has room for the first problem.
func oneLine(err error) string {
	problems, ok := errors.AsType[*config.Problems](err)
	if !ok || len(problems.List) == 0 {
		return err.Error()
	}
	first := problems.List[0].Error()
	if more := len(problems.List) - 1; more > 0 {
		return fmt.Sprintf("%s (and %d more; run coda-gateway check)", first, more)
	}
	return first
}

// mostNamed is how many of the lost keys a message names.
const mostNamed = 8

// loses says what a changed file no longer has that kept something closed. A file that is being saved, or was cut
// off, looks like that.
func loses(lost []string) error {
	if len(lost) == 0 {
		return nil
	}
	named := strings.Join(lost[:min(len(lost), mostNamed)], " and ")
	if more := len(lost) - mostNamed; more > 0 {
		named += fmt.Sprintf(" and %d more", more)
	}
	return fmt.Errorf("the changed file no longer has %s; if that is meant, send the process SIGHUP (systemctl reload, "+
		"or kill -HUP)", named)
}

// The times of watching. A change is in force a little more than settled after it is complete.
const (
	lookEvery = time.Second
	settled   = time.Second
)

// Watch reloads when the file, or one that it names, has changed and been still for a second, until ctx ends. It
// looks at them every second: secrets of Kubernetes and Docker are swapped symlinks, and network file systems tell
// nobody of changes.
func (r *Reloader) Watch(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var changed time.Time
	var last stamps
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			stamps := r.files.look()
			switch {
			case r.files.isRemembered(stamps):
				changed = time.Time{}
			case changed.IsZero() || !stamps.equal(last):
				changed, last = now, stamps
			case now.Sub(changed) >= settled:
				changed = time.Time{}
				r.Reload(false)
			}
		}
	}
}
