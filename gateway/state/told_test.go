package state

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/rs/zerolog"
)

// failing is an engine that does what it is told.
type failing struct {
	engine
	err error
}

func (f *failing) usage(context.Context) (int64, error) { return 0, f.err }

// A store that begins to fail is told once, and so is that it does well again; what is wrong with one value is not.
func TestAFailingStoreIsTold(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	broken := &failing{}
	s := &Store{engine: &told{engine: broken, log: zerolog.New(&log)}}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, step := range []struct {
		ctx  context.Context
		err  error
		says string
	}{
		{t.Context(), nil, ""},
		{t.Context(), fmt.Errorf("a value: %w", ErrFull), ""},
		{t.Context(), ErrKey, ""},
		{t.Context(), errDamaged, ""},
		{gone, errors.New("interrupted"), ""},
		{t.Context(), errors.New("the disk is gone"), "the disk is gone"},
		{t.Context(), errors.New("the disk is gone"), ""},
		{t.Context(), nil, "can be used again"},
		{t.Context(), nil, ""},
	} {
		log.Reset()
		broken.err = step.err
		if _, err := s.Usage(step.ctx); !errors.Is(err, step.err) {
			t.Errorf("%v became %v", step.err, err)
		}
		if got := log.String(); (got != "") != (step.says != "") || !strings.Contains(got, step.says) {
			t.Errorf("%v: the log says %q", step.err, got)
		}
	}
}
