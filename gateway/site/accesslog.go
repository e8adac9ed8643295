package site

import (
	"cmp"
	"net/http"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/gateway/call"
)

// accessLog writes the line of a call that has ended, or has it summed up.
func accessLog(log zerolog.Logger, strangers *strangers) func(*call.Call) {
	return func(c *call.Call) {
		if strangers.takes(c) {
			return
		}
		e := log.WithLevel(levelOf(c))
		if e == nil {
			return
		}
		e.Str("request_id", c.ID)
		if c.Client.IsValid() {
			e.Str("client", c.Client.String())
		}
		e.Str("http_method", c.HTTPMethod).Str("path", c.Path).Int("status", c.Status).Str("outcome", string(c.Outcome))
		add(e, "reason", string(c.Reason))
		add(e, "detail", c.Detail)
		if p := c.Principal; p != nil {
			e.Str("issuer", p.Issuer).Str("subject", p.Subject)
			add(e, "client_id", p.ClientID)
		}
		add(e, "method", c.Method)
		add(e, "name", cmp.Or(c.Target, c.Tool))
		if c.CodaRequests > 0 {
			e.Int("coda_requests", c.CodaRequests).Strs("docs", c.Docs)
		}
		add(e, "user_agent", c.UserAgent)
		e.Int64("bytes", c.Bytes).Dur("duration_ms", c.Duration).Msg("request")
	}
}

func add(e *zerolog.Event, key, value string) {
	if value != "" {
		e.Str(key, value)
	}
}

// levelOf makes what an operator should look at stand out. A request without a token is how every sign-in begins.
func levelOf(c *call.Call) zerolog.Level {
	switch c.Outcome {
	case call.Panic:
		return zerolog.ErrorLevel
	case call.InvalidToken, call.Unavailable, call.WrongHost, call.WrongOrigin:
		return zerolog.WarnLevel
	}
	if c.Status >= http.StatusInternalServerError {
		return zerolog.ErrorLevel
	}
	return zerolog.InfoLevel
}
