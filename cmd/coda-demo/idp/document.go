package idp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/rs/zerolog"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"golang.org/x/sync/singleflight"

	"github.com/bestviable/coda-gateway/gateway/address"
)

// documents resolves client ids that are URLs: the metadata stands at that URL
// (draft-ietf-oauth-client-id-metadata-document).
type documents struct {
	http   *http.Client
	scopes []string
	log    zerolog.Logger
	cache  *lru.Cache[string, cachedDocument]
	flight singleflight.Group
	// slots bound the fetches under way, for every stranger can cause them.
	slots chan struct{}
}

type cachedDocument struct {
	client  *client
	expires time.Time
}

const (
	// maxDocument is generous: the draft advises 5 KB.
	maxDocument       = 32 << 10
	maxDocumentID     = 1_000
	documentTimeout   = 5 * time.Second
	documentLifetime  = 5 * time.Minute
	concurrentFetches = 8
)

func newDocuments(cfg Config) (*documents, error) {
	cache, err := lru.New[string, cachedDocument](maxDocuments)
	if err != nil {
		return nil, err
	}
	transport := cfg.Documents
	if transport == nil {
		transport = guardedTransport()
	}
	return &documents{
		http: &http.Client{
			Transport: transport,
			Timeout:   documentTimeout,
			// The document must stand at its own URL; a redirect would also be a way round the checks.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		scopes: cfg.scopeNames(), log: cfg.Log, cache: cache, slots: make(chan struct{}, concurrentFetches),
	}, nil
}

// isDocumentID tells URL-shaped client ids from others.
func isDocumentID(id string) bool {
	return strings.HasPrefix(id, "https://") || strings.HasPrefix(id, "http://")
}

// checkDocumentID applies the draft's §3: https (or http on a loopback host), a path, no fragment, no user, no dot
// segments.
func checkDocumentID(id string) error {
	u, err := url.Parse(id)
	switch {
	case len(id) > maxDocumentID:
		return fmt.Errorf("it is longer than %d bytes", maxDocumentID)
	case err != nil || u.Host == "":
		return errors.New("it is not a URL")
	case u.Scheme != "https" && !address.Loopback(u.Hostname()):
		return errors.New("only https is allowed, except on loopback hosts")
	case u.User != nil || strings.Contains(id, "#"):
		return errors.New("it must hold neither a user nor a fragment")
	case u.Path == "" || u.Path == "/":
		return errors.New("it has no path")
	}
	for segment := range strings.SplitSeq(u.Path, "/") {
		if segment == "." || segment == ".." {
			return errors.New("its path has dot segments")
		}
	}
	return nil
}

// client returns the client that the document at the URL id describes.
func (d *documents) client(ctx context.Context, id string) (*client, error) {
	if err := checkDocumentID(id); err != nil {
		return nil, oidc.ErrInvalidClient().WithDescription("client_id %.200q cannot name a metadata document: %v", id, err)
	}
	if cached, ok := d.cache.Get(id); ok && time.Now().Before(cached.expires) {
		return cached.client, nil
	}
	// One fetch serves all who wait for it, so it must not end with the first one's request.
	fetched, err, _ := d.flight.Do(id, func() (any, error) {
		return d.fetch(context.WithoutCancel(ctx), id)
	})
	if err != nil {
		d.log.Warn().Str("client", id).Err(err).Msg("client metadata document refused")
		return nil, oidc.ErrInvalidClient().WithDescription("the client metadata document at %s: %v", id, err).WithParent(err)
	}
	c := fetched.(*client)
	d.cache.Add(id, cachedDocument{c, time.Now().Add(documentLifetime)})
	return c, nil
}

func (d *documents) fetch(ctx context.Context, id string) (*client, error) {
	select {
	case d.slots <- struct{}{}:
		defer func() { <-d.slots }()
	default:
		return nil, errors.New("too many documents are being fetched; try again in a moment")
	}
	ctx, cancel := context.WithTimeout(ctx, documentTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, id, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "coda-demo")
	resp, err := d.http.Do(req)
	if err != nil {
		var failed *url.Error
		if errors.As(err, &failed) {
			err = failed.Err
		}
		return nil, fmt.Errorf("cannot be fetched from this machine: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("answered %d, want 200 without redirect", resp.StatusCode)
	}
	media, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil || media != "application/json" && !strings.HasSuffix(media, "+json") {
		return nil, fmt.Errorf("has the content type %.100q, want application/json", resp.Header.Get("Content-Type"))
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxDocument+1))
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	return parseDocument(id, body, d.scopes)
}

// parseDocument reads a client's metadata document. Shared secrets are refused, for the document is public (draft
// §4.1).
func parseDocument(id string, body []byte, scopes []string) (*client, error) {
	if len(body) > maxDocument {
		return nil, fmt.Errorf("is longer than %d KiB", maxDocument>>10)
	}
	var document struct {
		ClientID     string          `json:"client_id"`
		ClientSecret json.RawMessage `json:"client_secret"`
		registration
	}
	if err := json.Unmarshal(body, &document); err != nil {
		return nil, fmt.Errorf("is not client metadata: %w", err)
	}
	switch {
	case document.ClientID != id:
		return nil, fmt.Errorf("says client_id %.200q, which must equal its URL", document.ClientID)
	case document.ClientSecret != nil:
		return nil, errors.New("holds a client_secret, which cannot be secret there")
	case !slices.Contains([]string{"", string(oidc.AuthMethodNone)}, document.AuthMethod):
		return nil, fmt.Errorf("says token_endpoint_auth_method %.100q; this provider accepts none", document.AuthMethod)
	}
	// ChatGPT's document leaves the method out.
	document.AuthMethod = string(oidc.AuthMethodNone)
	c, err := clientOf(document.registration, scopes)
	if err != nil {
		return nil, err
	}
	c.id = id
	return c, nil
}
