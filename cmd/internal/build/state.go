package build

import (
	"context"
	"slices"
	"time"

	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/state"
)

// OpenState opens the store of what must be remembered, for the life of the process; later = a database that does not
// answer is no reason not to begin. The caller closes what it returns.
func (b *Builder) OpenState(ctx context.Context, cfg *config.Config, later bool) (*state.Store, error) {
	keys, err := b.keyring(cfg.StateKeys)
	if err != nil {
		return nil, err
	}
	b.state, err = state.Open(ctx, state.Config{
		File: string(cfg.State.Store), Keys: keys, Keep: time.Duration(cfg.State.Keep), MaxBytes: int64(cfg.State.MaxBytes),
		Later: later, Log: b.Log,
	})
	return b.state, err
}

// keyring holds the configured keys. Without any it is random, and the same for the life of the process: what was asked
// before a reload is understood after it.
func (b *Builder) keyring(keys []config.Secret) (*state.Keyring, error) {
	secrets := make([]string, len(keys))
	for i, k := range keys {
		secrets[i] = k.Reveal()
	}
	if b.keys != nil && slices.Equal(secrets, b.secrets) {
		return b.keys, nil
	}
	if len(secrets) == 0 && b.random != nil {
		b.keys, b.secrets = b.random, nil
		return b.keys, nil
	}
	ring, err := state.NewKeyring(secrets)
	if err != nil {
		return nil, err
	}
	b.keys, b.secrets = ring, secrets
	if len(secrets) == 0 {
		b.random = ring
	}
	return ring, nil
}

// signingKeys sign what clients hold: what a person is asked before something is destroyed, and where a list goes on.
// The first one signs, all are understood, and so is the random one where the process began without a key. They come of
// state.keys, so that an answer may reach another replica than the question came from, and never of a Coda token:
// whoever holds one must not be able to sign for others.
func (b *Builder) signingKeys(keys []config.Secret, purpose string) ([][]byte, error) {
	ring, err := b.keyring(keys)
	if err != nil {
		return nil, err
	}
	derived := ring.Derive(purpose)
	if b.random != nil && b.random != ring {
		derived = append(derived, b.random.Derive(purpose)...)
	}
	return derived, nil
}
