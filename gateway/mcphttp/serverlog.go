package mcphttp

import (
	"context"
	"log/slog"

	"github.com/rs/zerolog"
)

// serverLog lets the MCP server's warnings through; at Info it writes several lines per request.
func serverLog(log zerolog.Logger) *slog.Logger {
	if log.GetLevel() < zerolog.WarnLevel {
		log = log.Level(zerolog.WarnLevel)
	}
	return slog.New(withoutClientFaults{zerolog.NewSlogHandler(log.With().Str("component", "mcp").Logger())})
}

// withoutClientFaults drops what the MCP server logs as an error though it is a client's, so that a client cannot
// page an operator. The access log has these requests as rpc_error.
type withoutClientFaults struct{ slog.Handler }

// Handle implements [slog.Handler].
func (h withoutClientFaults) Handle(ctx context.Context, r slog.Record) error {
	switch r.Message {
	case "method removed in the new protocol", "method invalid during initialization",
		"initialized before initialize", "duplicate initialized notification", "duplicate initialize request":
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements [slog.Handler].
func (h withoutClientFaults) WithAttrs(attrs []slog.Attr) slog.Handler {
	return withoutClientFaults{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements [slog.Handler].
func (h withoutClientFaults) WithGroup(name string) slog.Handler {
	return withoutClientFaults{h.Handler.WithGroup(name)}
}
