package coda_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
)

func TestExportPage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := simulatedIn(t, func(o *codatest.Options) { o.Behavior = codatest.Realistic() })
		c := clientOf(t, srv, demoToken)
		for format, want := range map[coda.ContentFormat]string{coda.Markdown: "## Monday", coda.HTML: "<h2"} {
			for _, page := range []string{"canvas-RoadmapNote", "Meeting notes"} {
				got, err := c.ExportPage(t.Context(), roadmap, page, format)
				if err != nil || !strings.Contains(got.Content, want) || !strings.Contains(got.Content, "clapped") ||
					got.PageID != "canvas-RoadmapNote" || got.Format != format {
					t.Errorf("%s as %s: %+v, %v", page, format, got, err)
				}
			}
		}
		for _, r := range srv.Requests() {
			if r.Operation == "downloadBlob" && r.Authorized {
				t.Error("the token went to the blob host")
			}
		}
		for page, kind := range map[string]string{"canvas-RoadmapMock": "embed", "Company calendar": "syncPage",
			"canvas-RoadmapAll": "table"} {
			if _, err := c.ExportPage(t.Context(), roadmap, page, coda.Markdown); !errors.Is(err, coda.ErrBadRequest) ||
				!strings.Contains(err.Error(), "of type "+kind) {
				t.Errorf("%s: %v", page, err)
			}
		}
		if _, err := c.ExportPage(t.Context(), roadmap, "canvas-RoadmapNote", "pdf"); !errors.Is(err, coda.ErrInvalid) {
			t.Errorf("pdf: %v", err)
		}
		srv.Behave(func(b *codatest.Behavior) { b.ExportError = "The page is too odd." })
		if _, err := c.ExportPage(t.Context(), roadmap, "canvas-RoadmapNote", coda.HTML); !errors.Is(err,
			coda.ErrExportFailed) || !strings.Contains(err.Error(), "too odd") {
			t.Errorf("failed export: %v", err)
		}
	})
}

// TestReadPageWithEveryToken: who may not export reads the lines.
func TestReadPageWithEveryToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := simulatedIn(t)
		reader := clientOf(t, srv, codatest.DemoTokenReadOnly)
		got, err := reader.ReadPage(t.Context(), roadmap, "Meeting notes", coda.Markdown)
		if err != nil || got.PageID != "canvas-RoadmapNote" || got.Format != coda.PlainText ||
			!strings.Contains(got.Content, "## Monday\n") || len(got.Elements) == 0 ||
			!strings.HasPrefix(got.Elements[0].ID, "cl-") || !strings.Contains(got.Note, "may not export") {
			t.Errorf("read-only: %+v, %v", got, err)
		}
		got, err = clientOf(t, srv, demoToken).ReadPage(t.Context(), roadmap, "canvas-RoadmapNote", coda.Markdown)
		if err != nil || got.Format != coda.Markdown || got.Note != "" {
			t.Errorf("read and write: %+v, %v", got, err)
		}
		if _, err := reader.ReadPage(t.Context(), roadmap, "canvas-Nothing", coda.Markdown); err == nil {
			t.Error("a page that does not exist was read")
		}
	})
}

// TestExportsOfOnePageDoNotOverlap, whichever of the clients that share the locks asks; those of other pages do.
func TestExportsOfOnePageDoNotOverlap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := simulatedIn(t, func(o *codatest.Options) { o.Behavior.ExportDelay = codatest.Exactly(5 * time.Second) })
		locks := coda.NewExportLocks()
		share := func(cfg *coda.Config) { cfg.Exports = locks }
		clients := []*coda.Client{clientOf(t, srv, demoToken, share), clientOf(t, srv, demoTokenGrace, share)}
		begin := time.Now()
		var mu sync.Mutex
		ends := make(map[string][]time.Duration)
		var wg sync.WaitGroup
		for i := range 6 {
			page := []string{"canvas-RoadmapNote", "canvas-RoadmapOver"}[i/3]
			wg.Go(func() {
				if _, err := clients[i%2].ExportPage(t.Context(), roadmap, page, coda.Markdown); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				ends[page] = append(ends[page], time.Since(begin))
			})
		}
		wg.Wait()
		running := 0
		for _, r := range srv.Requests() {
			if !strings.Contains(r.Path, "canvas-RoadmapNote") && r.Operation != "downloadBlob" {
				continue
			}
			switch {
			case r.Operation == "beginPageContentExport":
				running++
			case r.Operation == "downloadBlob" && strings.Contains(r.Path, "canvas-RoadmapNote"):
				running--
			}
			if running > 1 {
				t.Fatal("two exports of one page overlap")
			}
		}
		if d := ends["canvas-RoadmapNote"]; d[2] < 15*time.Second || ends["canvas-RoadmapOver"][0] > 10*time.Second {
			t.Errorf("exports ended after %v", ends)
		}
		// Whoever gives up waiting leaves.
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		go func() { _, _ = clients[0].ExportPage(t.Context(), roadmap, "canvas-RoadmapNote", coda.HTML) }()
		synctest.Wait()
		if _, err := clients[1].ExportPage(ctx, roadmap, "canvas-RoadmapNote", coda.HTML); !errors.Is(err, coda.ErrTimeout) ||
			!errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("waiting too long: %v", err)
		}
		time.Sleep(time.Minute)
	})
}

func zipped(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, s)
	_ = z.Close()
	return b.String()
}

const s3Error = `<?xml version="1.0" encoding="UTF-8"?>` + "\n<Error><Code>AccessDenied</Code></Error>"

// TestExportDownloads: what the blob host may answer.
func TestExportDownloads(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		link string
		// blobs are the answers to the downloads, the last for all further ones; redirect is where they point instead.
		blobs    []string
		status   int
		redirect string
		want     string
		err      error
		text     string
		links    int // how often the status was asked for a link
	}{
		"compressed":       {blobs: []string{zipped("# Hi")}, want: "# Hi", links: 1},
		"plain":            {blobs: []string{"# Hi"}, want: "# Hi", links: 1},
		"dead at first":    {blobs: []string{s3Error, zipped("# Hi")}, want: "# Hi", links: 2},
		"dead, compressed": {blobs: []string{zipped(s3Error), "# Hi"}, want: "# Hi", links: 2},
		"dead for good":    {blobs: []string{s3Error}, err: coda.ErrUnavailable, text: "none of the 3", links: 3},
		"dead with 403":    {blobs: []string{s3Error}, status: 403, err: coda.ErrUnavailable, links: 3},
		"xml that is the page": {blobs: []string{"<?xml version=\"1.0\"?><html>"}, want: "<?xml version=\"1.0\"?><html>",
			links: 1},
		"storage down":            {blobs: []string{"no"}, status: 503, err: coda.ErrUnavailable, links: 1},
		"broken compression":      {blobs: []string{zipped("# Hi")[:12]}, err: coda.ErrBadAnswer, links: 1},
		"too large":               {blobs: []string{strings.Repeat("x", 2000)}, err: coda.ErrTooLarge, links: 1},
		"bomb":                    {blobs: []string{zipped(strings.Repeat("x", 1<<20))}, err: coda.ErrTooLarge, links: 1},
		"foreign host":            {link: "https://evil.example/x", err: coda.ErrBadAnswer, text: "DownloadHosts", links: 1},
		"inner host":              {link: "http://169.254.169.254/latest/meta-data", err: coda.ErrBadAnswer, links: 1},
		"no https":                {link: "http://coda.io/blobs/x", err: coda.ErrBadAnswer, text: "not https", links: 1},
		"other port":              {link: "https://coda.io:8443/blobs/x", err: coda.ErrBadAnswer, links: 1},
		"user in link":            {link: "https://a:b@coda.io/blobs/x", err: coda.ErrBadAnswer, links: 1},
		"look-alike":              {link: "https://coda.io.evil.example/x", err: coda.ErrBadAnswer, links: 1},
		"file":                    {link: "file:///etc/passwd", err: coda.ErrBadAnswer, links: 1},
		"no link":                 {link: "::", err: coda.ErrBadAnswer, links: 1},
		"redirect to an own host": {redirect: "https://files.coda.io/x", blobs: []string{"# Hi"}, want: "# Hi", links: 1},
		"redirect elsewhere": {redirect: "https://evil.example/x", err: coda.ErrBadAnswer, text: "evil.example",
			links: 1},
		"redirect inside": {redirect: "http://127.0.0.1/x", err: coda.ErrBadAnswer, links: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				if tc.link == "" {
					tc.link = "https://docs.superhuman.com/blobs/secret-key"
				}
				if tc.status == 0 {
					tc.status = 200
				}
				links, downloads := 0, 0
				tr := &transport{answer: func(_ int, r *http.Request) (*http.Response, error) {
					switch {
					case r.URL.Host == "coda.test" && r.Method == "POST":
						return response(202, `{"id":"ex-1","status":"inProgress"}`), nil
					case r.URL.Host == "coda.test":
						if links++; links == 1 && r.URL.Path != "/apis/v1/docs/dRoadmap01/pages/canvas-a/export/ex-1" {
							t.Errorf("asked %s", r.URL.Path)
						}
						return response(200, fmt.Sprintf(`{"id":"ex-1","status":"what?","downloadLink":%q}`, tc.link)), nil
					}
					if r.Header.Get("Authorization") != "" {
						t.Errorf("token sent to %s", r.URL.Host)
					}
					if tc.redirect != "" && r.URL.Host == "docs.superhuman.com" {
						resp := response(302, "")
						resp.Header.Set("Location", tc.redirect)
						return resp, nil
					}
					if h := r.URL.Host; h != "docs.superhuman.com" && h != "files.coda.io" {
						t.Errorf("asked %s", h)
					}
					downloads++
					return response(tc.status, tc.blobs[min(downloads, len(tc.blobs))-1]), nil
				}}
				c := clientOver(t, tr, func(cfg *coda.Config) { cfg.MaxExportBytes = 1000 })
				got, err := c.ExportPage(t.Context(), roadmap, "canvas-a", coda.Markdown)
				switch {
				case tc.err == nil && (err != nil || got.Content != tc.want):
					t.Errorf("%+v, %v", got, err)
				case tc.err != nil && (!errors.Is(err, tc.err) || !strings.Contains(err.Error(), tc.text)):
					t.Errorf("%v", err)
				}
				if tc.err == coda.ErrTooLarge && !strings.Contains(err.Error(), "Config.MaxExportBytes") {
					t.Errorf("the error does not say what to do: %v", err)
				}
				if err != nil && strings.Contains(err.Error(), "secret-key") {
					t.Errorf("the link is in the error: %v", err)
				}
				if links != tc.links {
					t.Errorf("asked for a link %d times", links)
				}
			})
		})
	}
}

// TestWaitingForAnExportIsBounded for callers who set no deadline themselves.
func TestWaitingForAnExportIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := simulatedIn(t, func(o *codatest.Options) { o.Behavior.ExportDelay = codatest.Exactly(80 * time.Second) })
		c := clientOf(t, srv, demoToken)
		begin := time.Now()
		var wg sync.WaitGroup
		ends := make([]error, 3)
		for i := range ends {
			wg.Go(func() { _, ends[i] = c.ExportPage(t.Context(), roadmap, "canvas-RoadmapNote", coda.Markdown) })
		}
		wg.Wait()
		late := 0
		for _, err := range ends {
			if errors.Is(err, coda.ErrTimeout) {
				late++
			}
		}
		if d := time.Since(begin); late != 2 || d > 90*time.Second {
			t.Errorf("after %s: %v", d, ends)
		}
	})
}

func TestExportEndsWithItsDeadline(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]struct {
		code        int
		body        string
		want        error
		least, most time.Duration
	}{
		"never ready": {200, `{"id":"a","status":"complete"}`, coda.ErrTimeout, 90 * time.Second, 90 * time.Second},
		"never found": {404, ``, coda.ErrNotFound, 30 * time.Second, 40 * time.Second},
		"deleted":     {410, ``, coda.ErrGone, 0, 2 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			tr := &transport{answer: func(_ int, r *http.Request) (*http.Response, error) {
				if r.Method == "POST" {
					return response(202, `{"id":"a"}`), nil
				}
				return response(status.code, status.body), nil
			}}
			begin := time.Now()
			_, err := clientOver(t, tr).ExportPage(t.Context(), roadmap, "canvas-a", coda.HTML)
			if d := time.Since(begin); !errors.Is(err, status.want) || d < status.least || d > status.most {
				t.Errorf("%s: after %s: %v", name, d, err)
			}
		})
	}
}
