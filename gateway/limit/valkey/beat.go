package valkey

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/valkey-io/valkey-go"
)

func newID() string { return rand.Text() }

// beat shows that this replica is there, and finds out whether the store is, until ctx ends.
func (s *Store) beat(ctx context.Context) {
	defer close(s.done)
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	var heard [][]byte
	for first := s.first; ; first = nil {
		lists, err := s.heartbeat(ctx)
		if ctx.Err() == nil {
			s.tell(err)
		}
		if first != nil {
			close(first)
		}
		if ctx.Err() == nil {
			if err == nil && !slices.EqualFunc(lists, heard, bytes.Equal) {
				heard = lists
				if s.cfg.Heard != nil {
					s.cfg.Heard(lists)
				}
			}
		}
		select {
		case <-ctx.Done():
			s.leave()
			return
		case <-tick.C:
		case <-s.kick:
		}
	}
}

// heartbeat is one; it returns what the others refuse.
func (s *Store) heartbeat(ctx context.Context) ([][]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(s.cfg.Patience, patience))
	defer cancel()
	c, err := s.connected()
	if err != nil {
		return nil, err
	}
	var revoked []byte
	if s.cfg.Revoked != nil {
		revoked = s.cfg.Revoked()
	}
	if len(revoked) > maxRevoked {
		s.cfg.Log.Warn().Int("bytes", len(revoked)).Int("most", maxRevoked).
			Msg("revoked has too many entries to share with other replicas; list them in each replica's file")
		revoked = nil
	}
	keys := []string{prefix + "replicas", prefix + "revoked"}
	answer, err := s.scripts.beat.Exec(ctx, c, keys, []string{s.id, micros(alive), string(revoked)}).AsStrSlice()
	if err != nil {
		return nil, err
	}
	if n, err := strconv.Atoi(answer[0]); err == nil {
		s.replicas.Store(int64(max(1, n)))
	}
	lists := make([][]byte, 0, len(answer)-1)
	for _, list := range answer[1:] {
		if len(list) <= maxRevoked {
			lists = append(lists, []byte(list))
		}
	}
	slices.SortFunc(lists, bytes.Compare)
	return lists, nil
}

// connected is the client, made where there is none: it connects at once.
func (s *Store) connected() (valkey.Client, error) {
	if c := s.client.Load(); c != nil {
		return *c, nil
	}
	c, err := valkey.NewClient(s.options)
	if err != nil {
		return nil, err
	}
	s.client.Store(&c)
	return c, nil
}

// tell notes how a heartbeat went, and says so where that changes.
func (s *Store) tell(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.trouble
	if err == nil {
		if s.trouble = ""; was != "" {
			s.outage = !s.back.IsZero()
			s.back = time.Now()
			text := "the limits store is reachable: replicas count together"
			if s.outage {
				text = "the limits store is back: replicas count together again"
			}
			s.up.Store(true) // before it is said: whoever reads the log and looks finds it so
			s.cfg.Log.Info().Str("store", s.host).Int64("replicas", s.replicas.Load()).Msg(text)
		}
		s.up.Store(true)
		return
	}
	s.up.Store(false)
	s.trouble = without(s.options.Password, err)
	if was == "" {
		s.since = time.Now()
		s.said = false
	}
	if !s.said {
		s.said = true
		n, _ := s.parts()
		s.cfg.Log.Error().Str("store", s.host).Str("error", s.trouble).Int("divided_by", n).
			Msg("the limits store is unreachable: this replica counts by itself, with its share of each limit and budget, " +
				"and refuses whatever needs a confirmation")
	}
}

// without is what an error says, and no password.
func without(password string, err error) string {
	if password == "" {
		return err.Error()
	}
	return strings.ReplaceAll(err.Error(), password, "***")
}

// Try tells whether a store can be reached, without counting there.
func Try(ctx context.Context, cfg Config) error {
	options, err := optionsOf(cfg)
	if err != nil {
		return err
	}
	client, err := valkey.NewClient(options)
	if err == nil {
		defer client.Close()
		err = client.Do(ctx, client.B().Ping().Build()).Error()
	}
	if err != nil {
		return errors.New(without(options.Password, err))
	}
	return nil
}

// leave says that this replica is gone.
func (s *Store) leave() {
	c := s.client.Load()
	if c == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	gone := []valkey.Completed{
		(*c).B().Zrem().Key(prefix + "replicas").Member(s.id).Build(),
		(*c).B().Hdel().Key(prefix + "revoked").Field(s.id).Build(),
	}
	(*c).DoMulti(ctx, gone...)
	(*c).Close()
}
