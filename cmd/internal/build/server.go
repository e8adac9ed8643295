package build

import (
	"slices"
	"time"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway"
	"github.com/bestviable/coda-gateway/gateway/site"
)

// Server makes the server around a first site. adjust may be nil.
func Server(cfg *config.Config, first *site.Site, log zerolog.Logger, adjust func(*gateway.Config)) *gateway.Server {
	settings := gateway.Config{
		Site: first, Listen: cfg.Listen,
		AdminListen: cfg.AdminListen, AdminHosts: texts(cfg.Admin.AllowedHosts),
		ShutdownDelay: time.Duration(cfg.ShutdownDelay), ShutdownGrace: cfg.ShutdownGrace,
		Log: log,
	}
	if cfg.TLS != nil {
		settings.Cert, settings.Key = cfg.TLS.Cert, cfg.TLS.Key
	}
	if adjust != nil {
		adjust(&settings)
	}
	return gateway.New(settings)
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}

// restartNeeded names the keys that only a restart puts in force: sockets are opened once.
func restartNeeded(running, next *config.Config) []string {
	var keys []string
	for _, k := range []struct {
		key     string
		differs bool
	}{
		{"listen", running.Listen != next.Listen},
		{"tls", !sameTLS(running.TLS, next.TLS)},
		{"admin.listen", running.AdminListen != next.AdminListen},
		{"admin.allowed_hosts", !slices.Equal(running.Admin.AllowedHosts, next.Admin.AllowedHosts)},
		{"shutdown_delay", running.ShutdownDelay != next.ShutdownDelay},
		{"shutdown_grace", running.ShutdownGrace != next.ShutdownGrace},
		{"log.format", running.Log.Format != next.Log.Format},
		{"state.store", running.State.Store != next.State.Store},
		{"tracing.endpoint", running.Tracing != next.Tracing},
		{"state.keep", running.State.Keep != next.State.Keep},
		{"state.max_bytes", running.State.MaxBytes != next.State.MaxBytes},
		// Consents are signed with other keys at once; what is in the file is sealed anew at the start.
		{"state.keys", running.State.Store != "" && !sameSecrets(running.StateKeys, next.StateKeys)},
	} {
		if k.differs {
			keys = append(keys, k.key)
		}
	}
	return keys
}

func sameSecrets(a, b []config.Secret) bool {
	return slices.EqualFunc(a, b, func(a, b config.Secret) bool { return a.Reveal() == b.Reveal() })
}

func sameTLS(a, b *config.TLS) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
