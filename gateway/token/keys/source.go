package keys

import (
	"context"
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/gateway/token/fetch"
)

// source is where a set's keys come from.
type source struct {
	place     *Place
	client    *fetch.Client
	directory *Directory
}

// New makes the key set of an issuer. It fetches nothing until it is asked; life ends all its fetches.
func New(life context.Context, p *Place, c *fetch.Client, d *Directory, now func() time.Time, log zerolog.Logger) *Set {
	src := &source{place: p, client: c, directory: d}
	s := newSet(life, p.Issuer, src.load, now, log)
	s.cure = p.Cure
	return s
}

// load fetches the issuer's keys. Where they are not at the place known so far, discovery is asked again: they may
// have moved.
func (s *source) load(ctx context.Context) (*answer, error) {
	uri := s.place.JWKSURI
	var known bool
	if uri == "" || s.place.NeedsDocument {
		known = s.directory.Peek() != nil
		doc, err := s.directory.Get(ctx, false)
		if err != nil && uri == "" {
			return nil, err
		}
		if uri == "" {
			uri = doc.JWKSURI
		}
	}
	if uri == "" {
		return nil, ErrNoKeySet
	}
	got, err := s.fetch(ctx, uri)
	if err == nil || s.place.JWKSURI != "" || !known {
		return got, err
	}
	doc, derr := s.directory.Get(ctx, true)
	if derr != nil || doc.JWKSURI == uri || doc.JWKSURI == "" {
		return nil, err
	}
	return s.fetch(ctx, doc.JWKSURI)
}

func (s *source) fetch(ctx context.Context, uri string) (*answer, error) {
	data, header, err := s.client.Get(ctx, uri)
	if err != nil {
		return nil, err
	}
	list, skipped, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", uri, err)
	}
	return &answer{list: list, skipped: skipped, ttl: keyTTL(header)}, nil
}
