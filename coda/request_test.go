package coda_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/bestviable/coda-gateway/coda"
)

// transport answers requests without a network; n counts from 1.
type transport struct {
	mu     sync.Mutex
	n      int
	answer func(n int, r *http.Request) (*http.Response, error)
}

func (f *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	f.n++
	n := f.n
	f.mu.Unlock()
	return f.answer(n, r)
}

func (f *transport) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.n
}

func response(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: make(http.Header), Body: io.NopCloser(strings.NewReader(body))}
}

func clientOver(t testing.TB, f *transport, change ...func(*coda.Config)) *coda.Client {
	t.Helper()
	cfg := coda.Config{
		BaseURL: "https://coda.test/apis/v1", Account: "ada@example.com", HTTPClient: &http.Client{Transport: f},
		TokenSource: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: testToken}),
	}
	for _, fn := range change {
		fn(&cfg)
	}
	c, err := coda.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestErrorsSayWhatToDo: each kind of failure comes with a next step.
func TestErrorsSayWhatToDo(t *testing.T) {
	t.Parallel()
	read := func(ctx context.Context, c *coda.Client) error { return only(c.GetDoc(ctx, roadmap)) }
	write := func(ctx context.Context, c *coda.Client) error {
		return only(c.CreatePage(ctx, roadmap, coda.PageCreate{}))
	}
	answers := func(status int, body string) func() (*http.Response, error) {
		return func() (*http.Response, error) { return response(status, body), nil }
	}
	for name, tc := range map[string]struct {
		call   func(context.Context, *coda.Client) error
		answer func() (*http.Response, error)
		hint   string
	}{
		"401":               {read, answers(401, ""), "https://coda.io/account"},
		"403":               {read, answers(403, ""), "Doc Maker"},
		"404":               {read, answers(404, ""), "check the id"},
		"410":               {read, answers(410, ""), "list what is there now"},
		"413":               {write, answers(413, ""), "85 KB a row"},
		"429":               {read, answers(429, ""), "wait before trying again"},
		"504":               {read, answers(504, ""), "ask for less"},
		"redirect":          {read, answers(302, ""), "Config.BaseURL"},
		"no JSON":           {read, answers(200, "<html>"), "Config.BaseURL"},
		"too large":         {read, answers(200, strings.Repeat("x", 2000)), "Config.MaxResponseBytes"},
		"no connection":     {write, func() (*http.Response, error) { return nil, errDial }, "try again later"},
		"lost while asking": {read, func() (*http.Response, error) { return nil, errReset }, "try again later"},
		"lost write":        {write, func() (*http.Response, error) { return nil, errReset }, "it was not repeated"},
		"lost 202":          {write, func() (*http.Response, error) { return truncated(), nil }, "Coda accepted it"},
		"odd 202":           {write, answers(202, "[]"), "look at the document before repeating the write"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tr := &transport{answer: func(int, *http.Request) (*http.Response, error) { return tc.answer() }}
				err := tc.call(t.Context(), clientOver(t, tr, func(cfg *coda.Config) { cfg.MaxResponseBytes = 1000 }))
				var e *coda.Error
				if errors.As(err, &e) && name == "lost 202" && (e.StatusCode != 202 || e.RequestID != "req-7") {
					t.Errorf("of a lost 202 is known: %+v", e)
				}
				if err == nil || !strings.Contains(err.Error(), "; ") || !strings.Contains(err.Error(), tc.hint) {
					t.Errorf("%v", err)
				}
			})
		})
	}
}

func TestErrorTellsWhatCodaSaid(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		status  int
		body    string
		kind    error
		details []string
		text    string
	}{
		{400, `{"statusCode":400,"statusMessage":"Bad Request","message":"Bad Request","codaType":"RequestSchemaValidationFailed","codaDetail":{"validationErrors":[{"path":"rows[0].cells","message":"Expected array"}]}}`,
			coda.ErrBadRequest, []string{"rows[0].cells: Expected array"}, "rows[0].cells: Expected array"},
		{400, `{"message":"m","codaDetail":{"issues":[{"path":["rows",0,"x"],"message":"no"},{"message":"alone"}]}}`, coda.ErrBadRequest, []string{"rows.0.x: no", "alone"}, "rows.0.x: no; alone"},
		{400, `{"message":"request entity too large"}`, coda.ErrTooLarge, nil, "2 MB"},
		{400, `{"message":"Row edit of size 131 KB exceeds maximum size of 85 KB."}`, coda.ErrTooLarge, nil, "131 KB"},
		{400, `{"message":"Doc is not yet up to date."}`, coda.ErrStale, nil, "not yet up to date"},
		{502, `<html><body>Bad gateway</body></html>`, coda.ErrUnavailable, nil, "502"},
		{403, "plain words\nin two lines", coda.ErrForbidden, nil, "plain words in two lines"},
		{401, "", coda.ErrUnauthorized, nil, "token"},
	} {
		tr := &transport{answer: func(int, *http.Request) (*http.Response, error) {
			r := response(tc.status, tc.body)
			r.Header.Set("X-Request-Id", "req-7")
			return r, nil
		}}
		_, err := clientOver(t, tr, func(c *coda.Config) { c.MaxAttempts = 1 }).GetTable(t.Context(), roadmap, features)
		var e *coda.Error
		if !errors.As(err, &e) || !errors.Is(err, tc.kind) || e.StatusCode != tc.status || e.Op != coda.OpGetTable ||
			e.Doc != roadmap || e.RequestID != "req-7" {
			t.Errorf("%d %s: %#v", tc.status, tc.body, err)
			continue
		}
		if fmt.Sprint(e.Details) != fmt.Sprint(tc.details) || !strings.Contains(err.Error(), tc.text) ||
			!strings.Contains(err.Error(), roadmap) {
			t.Errorf("%d %s: details %v in %v", tc.status, tc.body, e.Details, err)
		}
	}
}

// TestNoTokenAnywhere: whatever comes back, the token is in no error, event or log line, and not sent to the blob host.
func TestNoTokenAnywhere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		logger := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
		bodies := []string{
			`{"message":"Token ` + testToken + ` is not valid","codaDetail":{"issues":[{"message":"` + testToken + `"}]}}`,
			testToken, `{`,
		}
		for _, status := range []int{200, 400, 401, 429, 500} {
			for _, body := range bodies {
				tr := &transport{answer: func(int, *http.Request) (*http.Response, error) { return response(status, body), nil }}
				c := clientOver(t, tr, func(cfg *coda.Config) { cfg.Logger, cfg.Account = logger, "" })
				ctx := coda.WithObserver(t.Context(), func(_ context.Context, e coda.Event) { fmt.Fprintf(&out, "%v %+v\n", e, e) })
				for _, kind := range opKinds {
					fmt.Fprintf(&out, "%v\n", kind.call(ctx, c))
				}
				fmt.Fprintf(&out, "%v\n", drain(c.ListDocs(ctx, coda.ListDocsOptions{})))
			}
		}
		for _, source := range []error{
			&oauth2.RetrieveError{Response: &http.Response{Status: "400 Bad Request"}, Body: []byte(testToken)},
			&oauth2.RetrieveError{ErrorCode: "invalid_grant", Body: []byte(testToken)},
		} {
			c := clientOver(t, &transport{}, func(cfg *coda.Config) { cfg.TokenSource = failingSource{source} })
			_, err := c.WhoAmI(t.Context())
			if !errors.Is(err, coda.ErrUnauthorized) {
				t.Errorf("failing token source: %v", err)
			}
			fmt.Fprintln(&out, err)
		}
		if strings.Contains(out.String(), testToken) {
			at := strings.Index(out.String(), testToken)
			t.Errorf("the token is in %q", out.String()[max(0, at-200):at])
		}
		if out.Len() < 10_000 {
			t.Errorf("only %d bytes were looked at", out.Len())
		}
	})
}

type failingSource struct{ err error }

func (f failingSource) Token() (*oauth2.Token, error) { return nil, f.err }

func TestAnswersAreBounded(t *testing.T) {
	t.Parallel()
	tr := &transport{answer: func(int, *http.Request) (*http.Response, error) {
		r := response(200, "")
		r.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"name":"`), io.LimitReader(endless{}, 1<<30)))
		return r, nil
	}}
	c := clientOver(t, tr, func(cfg *coda.Config) { cfg.MaxResponseBytes = 1000 })
	if _, err := c.GetDoc(t.Context(), roadmap); !errors.Is(err, coda.ErrTooLarge) || tr.count() != 1 {
		t.Errorf("%d requests: %v", tr.count(), err)
	}
	if _, err := c.CreatePage(t.Context(), roadmap,
		coda.PageCreate{PageContent: coda.CanvasPage(coda.HTML, strings.Repeat("x", 2<<20))}); !errors.Is(err,
		coda.ErrTooLarge) || tr.count() != 1 {
		t.Errorf("overlong request: %v", err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	tr := &transport{answer: func(int, *http.Request) (*http.Response, error) {
		r := response(307, "")
		r.Header.Set("Location", "https://evil.example/apis/v1/docs/other")
		return r, nil
	}}
	if _, err := clientOver(t, tr).GetDoc(t.Context(), roadmap); !errors.Is(err, coda.ErrBadAnswer) || tr.count() != 1 {
		t.Errorf("%d requests: %v", tr.count(), err)
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	source := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: testToken})
	for _, cfg := range []coda.Config{
		{}, {TokenSource: source, BaseURL: "coda.io/apis/v1"}, {TokenSource: source, BaseURL: "ftp://coda.io"},
		{TokenSource: source, BaseURL: "https://u:p@coda.io/apis/v1"}, {TokenSource: source, BaseURL: "https://coda.io/?a=b"},
		{TokenSource: source, MaxAttempts: -1}, {TokenSource: source, RequestTimeout: -time.Second},
		{TokenSource: source, MaxExportBytes: -1},
	} {
		if _, err := coda.New(cfg); err == nil {
			t.Errorf("accepted %+v", cfg)
		}
	}
}

func TestLatestVersion(t *testing.T) {
	t.Parallel()
	var headers []string
	tr := &transport{answer: func(_ int, r *http.Request) (*http.Response, error) {
		headers = append(headers, r.Method+" "+r.Header.Get("X-Coda-Doc-Version"))
		return response(200, "{}"), nil
	}}
	c := clientOver(t, tr)
	ctx := coda.WithLatestVersion(t.Context())
	_, _ = c.GetDoc(ctx, roadmap)
	_, _ = c.GetDoc(t.Context(), roadmap)
	_, _ = c.CreatePage(ctx, roadmap, coda.PageCreate{})
	if want := []string{"GET latest", "GET ", "POST "}; fmt.Sprint(headers) != fmt.Sprint(want) {
		t.Errorf("headers %v, want %v", headers, want)
	}
}
