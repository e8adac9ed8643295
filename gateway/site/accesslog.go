package site

import (
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
		log.WithLevel(levelOf(c)).EmbedObject(c).Msg("request")
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
