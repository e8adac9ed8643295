package connect

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/gateway/token"
)

const (
	// signInLife is how long somebody may take at the provider, sessionLife how long they are signed in here.
	signInLife  = 10 * time.Minute
	sessionLife = 15 * time.Minute
	// maxCookie is what browsers are sure to keep of one (RFC 6265bis §5.6), with its name and attributes.
	maxCookie = 3800
)

// The cookies, by what is sealed in them.
const (
	signInCookie  = "coda-sign-in"
	sessionCookie = "coda-connect"
)

// pending is a sign-in that has begun.
type pending struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
	// Issuer is the provider that was asked.
	Issuer string `json:"issuer"`
	Until  int64  `json:"until"`
}

// session is somebody who has signed in.
type session struct {
	// Form has to come back with each form.
	Form  string `json:"form"`
	Until int64  `json:"until"`

	Issuer     string `json:"issuer"`
	Configured string `json:"configured,omitempty"`
	Subject    string `json:"subject"`
	ClientID   string `json:"client_id,omitempty"`
	Email      string `json:"email,omitempty"`
	Verified   bool   `json:"verified,omitempty"`
	Name       string `json:"name,omitempty"`
	TokenID    string `json:"token_id,omitempty"`
	IssuedAt   int64  `json:"issued_at,omitempty"`

	// Tried is a token that Coda knows, and that is not saved yet.
	Tried   string  `json:"tried,omitempty"`
	Account Account `json:"account,omitzero"`
	// Notice is said once, at the next page: one of notices.
	Notice string `json:"notice,omitempty"`
}

// maxShown bounds what a provider or Coda says of somebody, in bytes.
const maxShown = 200

func newSession(p *token.Principal, form string, now time.Time) *session {
	s := &session{Form: form, Until: now.Add(sessionLife).Unix(), Issuer: p.Issuer, Configured: p.Configured,
		Subject: p.Subject, ClientID: clip(p.ClientID), Email: clip(p.Email), Verified: p.EmailVerified, Name: clip(p.Name),
		TokenID: clip(p.TokenID)}
	if s.Configured == s.Issuer {
		s.Configured = ""
	}
	if !p.IssuedAt.IsZero() {
		s.IssuedAt = p.IssuedAt.Unix()
	}
	return s
}

func (s *session) principal() *token.Principal {
	p := &token.Principal{Issuer: s.Issuer, Configured: s.Configured, Subject: s.Subject, ClientID: s.ClientID,
		Email: s.Email, EmailVerified: s.Verified, Name: s.Name, TokenID: s.TokenID}
	if p.Configured == "" {
		p.Configured = p.Issuer
	}
	if s.IssuedAt != 0 {
		p.IssuedAt = time.Unix(s.IssuedAt, 0)
	}
	return p
}

// called is what the page calls somebody.
func (s *session) called() string {
	switch {
	case s.Name != "" && s.Email != "":
		return s.Name + " (" + s.Email + ")"
	case s.Name != "":
		return s.Name
	case s.Email != "":
		return s.Email
	}
	return s.Subject
}

func clip(s string) string {
	if len(s) <= maxShown {
		return s
	}
	return strings.ToValidUTF8(s[:maxShown], "") + "…"
}

func newSeal(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

var errTooMuch = errors.New("what the provider says of the person does not fit into a cookie")

// seal closes a value for a cookie of this gateway: under another name, or at another gateway with the same keys, it
// does not open.
func (h *Handler) seal(name string, v any) (string, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	text := base64.RawURLEncoding.EncodeToString(h.seals[0].Seal(nil, nil, plain, h.place(name)))
	if len(text) > maxCookie {
		return "", errTooMuch
	}
	return text, nil
}

func (h *Handler) place(name string) []byte {
	return []byte("coda-gateway connect 1 " + name + " " + h.URL())
}

// open says false for whatever this gateway did not close, or not lately.
func (h *Handler) open(name, text string, v any) bool {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(text) > maxCookie {
		return false
	}
	for _, aead := range h.seals {
		if plain, err := aead.Open(nil, nil, raw, h.place(name)); err == nil {
			return json.Unmarshal(plain, v) == nil
		}
	}
	return false
}

// The prefixes of cookies hold browsers to their attributes (RFC 6265bis §4.1.3). __Host- keeps other hosts of the
// domain from setting the cookie, but wants it sent to the whole origin, which is only ours where nothing stands
// before the page in its path.
const (
	hostPrefix   = "__Host-"
	securePrefix = "__Secure-"
)

// cookie makes the attributes. On plain http, which public_url has on loopback hosts only, browsers differ in what they
// make of Secure: without it and the prefixes all keep the cookie.
func (h *Handler) cookie(name, value string, age time.Duration) *http.Cookie {
	c := &http.Cookie{Name: name, Value: value, Path: h.cfg.Path, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		MaxAge: int(age.Seconds())}
	if value == "" {
		c.MaxAge = -1
	}
	if !strings.HasPrefix(h.cfg.Origin, "https://") {
		return c
	}
	c.Secure = true
	if h.cfg.Path == "/"+page {
		c.Name, c.Path = hostPrefix+name, "/"
	} else {
		c.Name = securePrefix + name
	}
	return c
}

// keep sets a cookie.
func (h *Handler) keep(w http.ResponseWriter, name string, v any, age time.Duration) error {
	text, err := h.seal(name, v)
	if err == nil {
		http.SetCookie(w, h.cookie(name, text, age))
	}
	return err
}

// keepSession keeps a session for as long as it has left.
func (h *Handler) keepSession(v *visit) error {
	left := time.Unix(v.who.Until, 0).Sub(h.cfg.Now())
	return h.keep(v.w, sessionCookie, v.who, max(left, time.Second))
}

func (h *Handler) forget(w http.ResponseWriter, name string) {
	http.SetCookie(w, h.cookie(name, "", 0))
}

// read opens a cookie. Of two of the same name one was put there by somebody else, and nobody can tell which.
func (h *Handler) read(r *http.Request, name string, v any) bool {
	found := r.CookiesNamed(h.cookie(name, "", 0).Name)
	return len(found) == 1 && h.open(name, found[0].Value, v)
}

// session is who has signed in; nil = nobody, or nobody who still may.
func (h *Handler) session(v *visit) *session {
	s := &session{}
	if !h.read(v.r, sessionCookie, s) || h.cfg.Now().Unix() >= s.Until || s.Subject == "" {
		return nil
	}
	if h.cfg.Revoked(s.principal()) {
		return nil
	}
	return s
}
