package idp

import (
	"net"
	"net/http"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/bestviable/coda-gateway/gateway/address"
)

const (
	authorizePath    = "/authorize"
	tokenPath        = "/token"
	registrationPath = "/register"
	// maxBody bounds what anybody may send; maxQuery an authorization request, which is kept until it is answered.
	maxBody  = 64 << 10
	maxQuery = 16 << 10
)

func (p *Provider) routes() http.Handler {
	endpoints := op.Endpoints{
		Authorization: op.NewEndpoint(authorizePath),
		Token:         op.NewEndpoint(tokenPath),
		Introspection: op.NewEndpoint("/introspect"),
		Userinfo:      op.NewEndpoint("/userinfo"),
		Revocation:    op.NewEndpoint("/revoke"),
		JwksURI:       op.NewEndpoint("/keys"),

		DeviceAuthorization: op.NewEndpoint(deviceAuthorizationPath),
	}
	srv := &server{op.NewLegacyServer(p.op, endpoints), p.cfg, p.store}
	inner := op.RegisterServer(srv, endpoints,
		op.WithHTTPMiddleware(op.NewIssuerInterceptor(p.op.IssuerFromRequest).Handler),
		op.WithEncoder(srv.encoder()),
		op.WithServerCORSOptions(nil))
	signIn := &signIn{srv}

	mux := http.NewServeMux()
	mux.Handle("GET "+oidc.DiscoveryEndpoint, inner)
	mux.Handle("GET /.well-known/oauth-authorization-server", samePathAs(oidc.DiscoveryEndpoint, inner))
	mux.Handle("GET /keys", inner)
	mux.Handle("GET "+authorizePath, errorPage(inner))
	mux.Handle("POST "+authorizePath, errorPage(inner))
	mux.Handle("POST "+tokenPath, uncached(inner))
	mux.Handle("POST /introspect", uncached(inner))
	mux.Handle("POST /revoke", uncached(inner))
	mux.Handle("GET /userinfo", uncached(inner))
	mux.Handle("POST /userinfo", uncached(inner))
	mux.Handle("POST "+registrationPath, uncached(http.HandlerFunc(srv.register)))
	mux.Handle("DELETE "+registrationPath+"/{client}", uncached(http.HandlerFunc(srv.unregister)))
	mux.Handle("POST "+deviceAuthorizationPath, uncached(inner))
	mux.Handle("GET "+devicePath, uncached(http.HandlerFunc(signIn.showDevice)))
	mux.Handle("GET "+devicePath+"/{ended}", uncached(http.HandlerFunc(signIn.showDeviceEnded)))
	mux.Handle("GET "+signInPath, uncached(http.HandlerFunc(signIn.show)))
	mux.Handle("POST "+signInPath, uncached(http.NewCrossOriginProtection().Handler(http.HandlerFunc(signIn.answer))))
	mux.Handle("GET /{$}", http.HandlerFunc(signIn.home))
	return p.logged(p.ownHost(bounded(crossOrigin(mux))))
}

// ownHost answers only to the issuer's own name, or a loopback one at the same port. Otherwise a web page could point
// its own name at this machine (DNS rebinding) and sign in for whoever looks at it.
func (p *Provider) ownHost(next http.Handler) http.Handler {
	own := strings.TrimPrefix(strings.TrimPrefix(p.cfg.Issuer, "https://"), "http://")
	_, port, _ := net.SplitHostPort(own)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, hostPort, err := net.SplitHostPort(r.Host)
		if r.Host != own && r.Host != p.cfg.Here && (err != nil || hostPort != port || !address.Loopback(host)) {
			writeError(w, http.StatusMisdirectedRequest, "invalid_request", "this provider is "+p.cfg.Issuer)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// bounded caps what a stranger may send.
func bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.URL.RawQuery) > maxQuery {
			writeError(w, http.StatusRequestURITooLong, "invalid_request", "the query is longer than 16 KiB")
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// samePathAs serves a second well-known form of one document.
func samePathAs(path string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		same := r.Clone(r.Context())
		same.URL.Path, same.URL.RawPath = path, ""
		next.ServeHTTP(w, same)
	})
}

// uncached marks answers that hold tokens, secrets or forms (RFC 6749 §5.1, RFC 7591 §3.2.1).
func uncached(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}
