package coda

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/oauth2"
)

// DefaultBaseURL is Coda's API. https://docs.superhuman.com/apis/v1 is the same under its newer name.
const DefaultBaseURL = "https://coda.io/apis/v1"

// Config shapes a [Client]. Only TokenSource is required.
type Config struct {
	// BaseURL is the API's root without a trailing slash; [DefaultBaseURL] by default.
	BaseURL string
	// TokenSource gives the Coda API token, asked before every request. oauth2.StaticTokenSource serves a fixed one.
	TokenSource oauth2.TokenSource
	// TokenPage is where whoever the client works for replaces the token, which is their own; empty = it is not. Errors
	// carry it.
	TokenPage string
	// HTTPClient sends the requests; a new http.Client by default, and [NewTransport] where it has no transport. It is
	// copied: redirects of the API are never followed, and its cookie jar is not used. Its transport must not add
	// credentials, because exports are downloaded with it too.
	HTTPClient *http.Client
	// Budget is shared between all clients of a process; a new [MemoryBudget] by default.
	Budget Budget
	// Account is the key of the budget, where the Coda account is known. By default it is learnt from whoami once per
	// token.
	Account string
	// UserAgent is sent with every request; "coda-gateway" by default.
	UserAgent string
	// Clock is [SystemClock] by default.
	Clock Clock
	// Logger hears of requests at debug level and of decisions worth knowing at warn level; never of tokens or contents.
	// By default nothing is logged.
	Logger *slog.Logger
	// Guard is asked about every document; nil allows all. See [Guard].
	Guard Guard
	// Observer hears the events of all calls, beside those of [WithObserver].
	Observer Observer

	// RequestTimeout bounds one HTTP request, answer included. 0 = 60 s.
	RequestTimeout time.Duration
	// MaxAttempts bounds how often one request is sent. 0 = 4.
	MaxAttempts int
	// MaxResponseBytes bounds an API answer. 0 = 32 MiB.
	MaxResponseBytes int64
	// MaxExportBytes bounds an export after decompression. 0 = 16 MiB.
	MaxExportBytes int64
	// MaxPages bounds the requests of one listing. 0 = 1000.
	MaxPages int
	// MutationDeadline bounds [Client.WaitMutation] beside the context. 0 = 60 s.
	MutationDeadline time.Duration
	// ExportDeadline bounds [Client.ExportPage] beside the context, waiting for other exports of the page included. 0 = 90
	// s.
	ExportDeadline time.Duration
	// DownloadHosts are the hosts that exports may be downloaded from, as host or host:port; ".example.com" allows all
	// hosts below, and "http://" in front allows a host without TLS. The host of BaseURL is always allowed. Empty =
	// coda.io, docs.superhuman.com, codahosted.io and hosts below them.
	DownloadHosts []string
	// Exports keeps exports of one page from overlapping, since Coda stores them in one place. Share it between the
	// clients of a process; a new one by default.
	Exports *ExportLocks
	// Memory is what is remembered of names and columns. Share it between the clients of a process; a new one by default.
	Memory *Memory
	// CurrentPatience bounds the waiting for a read that is proven current where a name of a row has to be resolved for a
	// write, beside the context. 0 = 40 s.
	CurrentPatience time.Duration
	// SchemaLife is how long columns and resolved names are remembered. 0 = 60 s; negative = not at all.
	SchemaLife time.Duration
}

// Client calls the Coda API. It is safe for concurrent use, and holds nothing that needs closing.
type Client struct {
	*core
	// view is what of Coda exists for whoever uses the client; nil = everything.
	view *View
}

// core is what clients have in common whose views differ.
type core struct {
	cfg  Config
	base *url.URL
	// api never follows a redirect; blobs follows a few to allowed hosts.
	api, blobs *http.Client

	identities identities
	memory     *Memory
}

const (
	rememberedMutations = 10_000
	rememberedRows      = 20_000
	rememberedTokens    = 64
)

// New returns a client for cfg.
func New(cfg Config) (*Client, error) {
	if cfg.TokenSource == nil {
		return nil, errors.New("coda: Config.TokenSource is missing")
	}
	if cfg.BaseURL == "" {
		cfg.BaseURL = DefaultBaseURL
	}
	base, err := url.Parse(strings.TrimRight(cfg.BaseURL, "/"))
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" || base.RawQuery != "" ||
		base.Fragment != "" || base.User != nil {
		return nil, fmt.Errorf("coda: Config.BaseURL %q is not a plain http(s) URL such as %s", cfg.BaseURL, DefaultBaseURL)
	}
	if cfg.HTTPClient == nil {
		cfg.HTTPClient = &http.Client{}
	}
	if cfg.Clock == nil {
		cfg.Clock = SystemClock{}
	}
	if cfg.Budget == nil {
		cfg.Budget = NewMemoryBudget(MemoryBudgetConfig{Clock: cfg.Clock})
	}
	if cfg.UserAgent == "" {
		cfg.UserAgent = "coda-gateway"
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Exports == nil {
		cfg.Exports = NewExportLocks()
	}
	if cfg.Memory == nil {
		cfg.Memory = NewMemory()
	}
	if len(cfg.DownloadHosts) == 0 {
		cfg.DownloadHosts = []string{"coda.io", ".coda.io", "docs.superhuman.com", ".docs.superhuman.com", "codahosted.io",
			".codahosted.io"}
	}
	for name, negative := range map[string]bool{
		"RequestTimeout": cfg.RequestTimeout < 0, "MaxAttempts": cfg.MaxAttempts < 0,
		"MaxResponseBytes": cfg.MaxResponseBytes < 0,
		"MaxExportBytes":   cfg.MaxExportBytes < 0, "MaxPages": cfg.MaxPages < 0,
		"MutationDeadline": cfg.MutationDeadline < 0,
		"ExportDeadline":   cfg.ExportDeadline < 0,
	} {
		if negative {
			return nil, fmt.Errorf("coda: Config.%s is negative; 0 gives the default", name)
		}
	}
	setDefault(&cfg.RequestTimeout, time.Minute)
	setDefault(&cfg.MaxAttempts, 4)
	setDefault(&cfg.MaxResponseBytes, 32<<20)
	setDefault(&cfg.MaxExportBytes, 16<<20)
	setDefault(&cfg.MaxPages, 1000)
	setDefault(&cfg.MutationDeadline, time.Minute)
	setDefault(&cfg.ExportDeadline, 90*time.Second)
	setDefault(&cfg.SchemaLife, time.Minute)
	setDefault(&cfg.CurrentPatience, 40*time.Second)

	c := &Client{core: &core{cfg: cfg, base: base}}
	c.api, c.blobs = new(http.Client), new(http.Client)
	*c.api, *c.blobs = *cfg.HTTPClient, *cfg.HTTPClient
	if cfg.HTTPClient.Transport == nil {
		c.api.Transport = NewTransport()
		c.blobs.Transport = c.api.Transport
	}
	c.api.Jar, c.blobs.Jar = nil, nil
	c.api.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.blobs.CheckRedirect = c.checkBlobRedirect

	c.identities.known = newLRU[[32]byte, *identity](rememberedTokens)
	c.memory = cfg.Memory
	return c, nil
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// newLRU wraps a constructor that fails only for a size below 1.
func newLRU[K comparable, V any](size int) *lru.Cache[K, V] {
	c, err := lru.New[K, V](size)
	if err != nil {
		panic(err)
	}
	return c
}
