package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/cmd/internal/build"
	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway"
	"github.com/bestviable/coda-gateway/gateway/bearer"
	"github.com/bestviable/coda-gateway/gateway/site"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// serving are the options of a server process.
type serving struct {
	kind, issuer, profile string
	cache, gc             int
	// same is what a server of kind same answers.
	same *sameAnswer
}

// serve is the server process: it tells its address, then answers questions about itself until its input ends.
func serve(args []string) error {
	s := serving{same: new(sameAnswer)}
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	flags.StringVar(&s.kind, "kind", "", "net/http, same, sdk, sdk+auth, sdk+oidc or gateway")
	flags.StringVar(&s.issuer, "issuer", "", "")
	flags.IntVar(&s.cache, "cache", 0, "")
	flags.IntVar(&s.gc, "gc", 0, "")
	flags.StringVar(&s.profile, "profile", "", "")
	if err := flags.Parse(args); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	addr, err := s.start(ctx)
	if err != nil {
		return err
	}
	if s.gc != 0 {
		debug.SetGCPercent(s.gc)
	}
	if s.profile != "" {
		f, err := os.Create(s.profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	fmt.Println(addr)
	questions := bufio.NewScanner(os.Stdin)
	questions.Buffer(nil, 1<<20)
	for questions.Scan() {
		if given, ok := strings.CutPrefix(questions.Text(), "answer "); ok {
			if err := s.same.set(given); err != nil {
				return err
			}
		}
		if err := json.NewEncoder(os.Stdout).Encode(readUsage()); err != nil {
			return err
		}
	}
	return questions.Err()
}

func (s *serving) start(ctx context.Context) (net.Addr, error) {
	switch s.kind {
	case "net/http":
		return listen(echo())
	case "same":
		return listen(s.same)
	case "sdk":
		return listen(bareSDK())
	case "sdk+auth":
		handler, err := s.authenticated(ctx, bareSDK())
		if err != nil {
			return nil, err
		}
		return listen(handler)
	case "sdk+oidc":
		handler, err := s.ownMiddleware(ctx, bareSDK())
		if err != nil {
			return nil, err
		}
		return listen(handler)
	case "gateway":
		return s.gateway(ctx)
	}
	return nil, fmt.Errorf("there is no kind of server %q", s.kind)
}

// echo is the floor: what net/http takes for a request of that size.
func echo() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"jsonrpc":"2.0","id":1,"result":{}}`)
	})
}

func bareSDK() http.Handler {
	server := newServer()
	return mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server {
		return server
	}, &mcp.StreamableHTTPOptions{Stateless: true, JSONResponse: true, DisableLocalhostProtection: true})
}

func listen(handler http.Handler) (net.Addr, error) {
	sock, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { fmt.Fprintln(os.Stderr, server.Serve(sock)) }()
	return sock.Addr(), nil
}

// limits count every call, as they do anywhere, and bite none.
const limits = "limits: {per_person: {calls: 1000000/1s, at_once: 10000}}\n"

func (s *serving) settings() (*config.Config, error) {
	file := "public_url: " + publicURL + "\nlisten: 127.0.0.1:0\nadmin: {listen: \"\"}\nissuers: [{url: \"" + s.issuer +
		"\"}]\ncoda: {token: \"${env:T}\"}\n" + limits
	settings, _, err := config.Parse("gateway.yaml", []byte(file),
		config.Options{Tools: catalogue(), Lookup: func(string) (string, bool) {
			return "t", true
		}})
	return settings, err
}

// authenticated puts token verification before a handler, and nothing else of the gateway.
func (s *serving) authenticated(ctx context.Context, next http.Handler) (http.Handler, error) {
	settings, err := s.settings()
	if err != nil {
		return nil, err
	}
	tokens := settings.Token()
	tokens.CacheSize = s.cache
	verifier, err := token.New(tokens)
	if err != nil {
		return nil, err
	}
	go verifier.Run(ctx)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		presented, err := bearer.Token(r.Header)
		if err == nil {
			_, err = verifier.Verify(r.Context(), presented)
		}
		if err != nil {
			http.Error(w, "unauthorized", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	}), nil
}

// ownMiddleware puts before a handler what the SDK's documentation does: its own middleware, with go-oidc.
func (s *serving) ownMiddleware(ctx context.Context, next http.Handler) (http.Handler, error) {
	provider, err := oidc.NewProvider(ctx, s.issuer)
	if err != nil {
		return nil, err
	}
	verifier := provider.Verifier(&oidc.Config{ClientID: publicURL})
	return auth.RequireBearerToken(func(ctx context.Context, bearer string, _ *http.Request) (*auth.TokenInfo, error) {
		t, err := verifier.Verify(ctx, bearer)
		if err != nil {
			return nil, fmt.Errorf("%w: %v", auth.ErrInvalidToken, err)
		}
		return &auth.TokenInfo{Expiration: t.Expiry, UserID: t.Subject}, nil
	}, &auth.RequireBearerTokenOptions{ResourceMetadataURL: publicURL})(next), nil
}

// gateway is everything on, as the production binary assembles it but for the tools.
func (s *serving) gateway(ctx context.Context) (net.Addr, error) {
	settings, err := s.settings()
	if err != nil {
		return nil, err
	}
	gateway.UseMemory(settings.Runtime.GCPercent, settings.Runtime.MemoryLimit)
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	log := zerolog.New(null).Level(settings.Log.Level).With().Timestamp().Logger()
	g, err := build.Around(settings, newServer(), log, func(c *site.Config) { c.Token.CacheSize = s.cache })
	if err != nil {
		return nil, err
	}
	if err := g.Listen(ctx); err != nil {
		return nil, err
	}
	go func() {
		if err := g.Run(ctx); err != nil && !errors.Is(err, context.Canceled) {
			fmt.Fprintln(os.Stderr, err)
		}
	}()
	return g.Addr(), nil
}

// usage is what a server has used so far.
type usage struct {
	CPU     time.Duration
	Mallocs uint64
	Bytes   uint64
	GCs     uint32
}

func readUsage() (u usage) {
	u.CPU = cpuTime()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	u.Mallocs, u.Bytes, u.GCs = m.Mallocs, m.TotalAlloc, m.NumGC
	return u
}

func (u usage) since(before usage) usage {
	return usage{u.CPU - before.CPU, u.Mallocs - before.Mallocs, u.Bytes - before.Bytes, u.GCs - before.GCs}
}
