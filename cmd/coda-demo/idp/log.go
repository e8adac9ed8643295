package idp

import (
	"encoding/json"
	"net/http"
	"net/url"
)

// logged writes one line per request: a warning with the reason for what was refused, a debug line otherwise.
// Queries, forms and answers hold codes, tokens and secrets and are never written.
func (p *Provider) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := &seenAnswer{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(seen, r)
		event := p.cfg.Log.Debug()
		code, description := seen.refusal()
		if code != "" {
			event = p.cfg.Log.Warn().Str("error", code).Str("reason", description)
		}
		event.Str("method", r.Method).Str("path", r.URL.Path).Int("status", seen.status).Msg("identity provider")
	})
}

// seenAnswer remembers of an answer what tells a refusal.
type seenAnswer struct {
	http.ResponseWriter
	status int
	body   []byte
	// page is the refusal that a person was shown.
	page errorView
}

// maxSeen is enough for an error of RFC 6749 §5.2.
const maxSeen = 2 << 10

func (s *seenAnswer) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

func (s *seenAnswer) Write(p []byte) (int, error) {
	if s.status >= http.StatusBadRequest && len(s.body) < maxSeen {
		s.body = append(s.body, p[:min(len(p), maxSeen-len(s.body))]...)
	}
	return s.ResponseWriter.Write(p)
}

// Unwrap serves [http.ResponseController].
func (s *seenAnswer) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// refusal returns the error that a redirect or a JSON body names.
func (s *seenAnswer) refusal() (code, description string) {
	if s.status/100 == 3 {
		location, err := url.Parse(s.Header().Get("Location"))
		if err != nil {
			return "", ""
		}
		q := location.Query()
		return q.Get("error"), q.Get("error_description")
	}
	if s.status < http.StatusBadRequest {
		return "", ""
	}
	if s.page.Title != "" {
		return s.page.Title, s.page.Text
	}
	var refused struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	if err := json.Unmarshal(s.body, &refused); err != nil || refused.Error == "" {
		return http.StatusText(s.status), ""
	}
	return refused.Error, refused.Description
}
