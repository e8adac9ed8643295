package signin

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/bestviable/coda-gateway/gateway/address"
)

// loopback waits for the browser to come back (RFC 8252 §7.3).
type loopback struct {
	// redirect is the URI with its port.
	redirect string
	// answers holds the first answer whose state is ours.
	answers chan url.Values

	at     *url.URL
	state  string
	once   sync.Once
	server *http.Server
	served chan struct{}
}

// CheckRedirect says what is wrong with a redirect URI for this machine.
func CheckRedirect(redirect string) error {
	u, err := url.Parse(redirect)
	switch {
	case err != nil || u.Scheme != "http" || !address.Loopback(u.Hostname()):
		return errors.New("a redirect URI for this command is http on a loopback host, as in " + DefaultRedirect)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return errors.New("a redirect URI for this command has a host, perhaps a port, and a path")
	}
	return nil
}

// withoutPort is how a redirect URI is registered at providers that let the port of loopback addresses vary.
func withoutPort(redirect string) string {
	u, err := url.Parse(redirect)
	if err != nil {
		return redirect
	}
	u.Host = u.Hostname()
	if net.ParseIP(u.Host).To4() == nil && net.ParseIP(u.Host) != nil {
		u.Host = "[" + u.Host + "]"
	}
	return u.String()
}

func listen(ctx context.Context, redirect, state string) (*loopback, error) {
	if redirect == "" {
		redirect = DefaultRedirect
	}
	if err := CheckRedirect(redirect); err != nil {
		return nil, err
	}
	u, err := url.Parse(redirect)
	if err != nil {
		return nil, err
	}
	port := u.Port()
	if port == "" {
		port = "0"
	}
	socket, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return nil, &Refusal{Text: "the browser has nowhere to come back to: " + err.Error(),
			Cure: "free the port, or name another with --redirect"}
	}
	_, port, err = net.SplitHostPort(socket.Addr().String())
	if err != nil {
		return nil, err
	}
	u.Host = net.JoinHostPort(u.Hostname(), port)
	if u.Path == "" {
		u.Path = "/"
	}
	l := &loopback{redirect: u.String(), at: u, state: state, answers: make(chan url.Values, 1),
		served: make(chan struct{})}
	l.server = &http.Server{Handler: l, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10}
	go func() {
		defer close(l.served)
		_ = l.server.Serve(socket) // ends by close
	}()
	return l, nil
}

// close lets the last answer reach the browser.
func (l *loopback) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if l.server.Shutdown(ctx) != nil {
		_ = l.server.Close()
	}
	<-l.served
}

// ServeHTTP implements [http.Handler]. Whoever comes with another state is told so, and changes nothing: any page in
// the browser can send requests here.
func (l *loopback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	switch {
	case r.Host != l.at.Host:
		page(w, http.StatusMisdirectedRequest, "This is somebody else's address", "Nothing happened.")
	case r.URL.Path != l.at.Path:
		page(w, http.StatusNotFound, "Nothing is here", "coda-gateway waits for a sign-in at another address.")
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", http.MethodGet)
		page(w, http.StatusMethodNotAllowed, "That is not how a sign-in ends",
			"The provider must send the browser here with GET (response_mode query).")
	case len(query["state"]) != 1 || subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(l.state)) != 1:
		page(w, http.StatusBadRequest, "This is the answer to another sign-in",
			"Use the page that coda-gateway printed last.")
	default:
		first := false
		l.once.Do(func() {
			first = true
			l.answers <- query
		})
		switch {
		case !first:
			page(w, http.StatusGone, "This sign-in is over", "The answer was taken already.")
		case query.Has("error"):
			page(w, http.StatusOK, "The provider refused", "The terminal says why. You can close this window.")
		default:
			page(w, http.StatusOK, "Back to the terminal", "It shows what the token allows. You can close this window.")
		}
	}
}

// page shows fixed words only.
func page(w http.ResponseWriter, status int, title, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,"><title>%s · coda-gateway</title>
<h1>%s</h1><p>%s</p></html>
`, title, title, text)
}
