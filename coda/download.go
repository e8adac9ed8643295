package coda

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// errDeadLink: the link has expired or the file is not there yet. Coda's storage says so in XML, with status 200 or
// 403.
var errDeadLink = errors.New("the link to the export does not work")

// download fetches an export's file. It is not a request to the API: another host, no token, no budget.
func (c *Client) download(ctx context.Context, doc DocID, link string) (string, error) {
	for attempt := 1; ; attempt++ {
		text, err := c.downloadOnce(ctx, doc, link, attempt)
		e, ok := asError(err)
		if !ok || !e.transient || attempt == c.cfg.MaxAttempts || ctx.Err() != nil {
			return text, err
		}
		wait := backoff(attempt)
		c.report(ctx, Retrying{Op: OpDownloadExport, Attempt: attempt, Cause: err, Wait: wait})
		if c.cfg.Clock.Sleep(ctx, wait) != nil {
			return "", err
		}
	}
}

func (c *Client) downloadOnce(ctx context.Context, doc DocID, link string, attempt int) (string, error) {
	fail := func(kind, cause error) *Error {
		return &Error{Op: OpDownloadExport, Doc: doc, Err: cause, Attempts: attempt, kinds: []error{kind}}
	}
	u, err := url.Parse(link)
	if err != nil {
		return "", fail(ErrBadAnswer, errors.New("the download link is not a URL"))
	}
	if err := c.checkBlobURL(u); err != nil {
		return "", fail(ErrBadAnswer, err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.cfg.RequestTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return "", fail(ErrBadAnswer, withoutURL(err))
	}
	req.Header.Set("User-Agent", c.cfg.UserAgent)
	// The file is stored compressed and comes so whatever is asked for; asking keeps net/http from deciding.
	req.Header.Set("Accept-Encoding", "gzip")
	begin := c.cfg.Clock.Now()
	resp, err := c.blobs.Do(req)
	if err != nil {
		kind, _ := networkKind(err)
		var refused *blobError
		if errors.As(err, &refused) {
			return "", fail(ErrBadAnswer, refused)
		}
		e := fail(kind, withoutURL(err))
		e.transient = true
		return "", e
	}
	defer resp.Body.Close()
	c.report(ctx, RequestDone{Op: OpDownloadExport, Doc: doc, Method: http.MethodGet, Status: resp.StatusCode,
		Attempt: attempt, Took: c.cfg.Clock.Now().Sub(begin)})
	switch {
	case resp.StatusCode == http.StatusForbidden, resp.StatusCode == http.StatusNotFound,
		resp.StatusCode == http.StatusGone:
		return "", errDeadLink
	case resp.StatusCode != http.StatusOK:
		e := fail(kindOf(resp.StatusCode, ""), nil)
		e.StatusCode, e.transient = resp.StatusCode, resp.StatusCode >= 500
		return "", e
	}
	raw, err := readCapped(resp.Body, c.cfg.MaxExportBytes)
	if err == nil {
		text, err := decodeExport(raw, c.cfg.MaxExportBytes)
		if e, ok := asError(err); ok {
			e.Doc = doc
		}
		return text, err
	}
	if errors.Is(err, ErrTooLarge) {
		return "", &Error{Op: OpDownloadExport, Doc: doc, Err: err, Attempts: attempt, kinds: []error{ErrTooLarge},
			Hint: tooLargeExport}
	}
	kind, _ := networkKind(err)
	e := fail(kind, withoutURL(err))
	e.transient = true
	return "", e
}

const tooLargeExport = "list the page's lines instead, or raise Config.MaxExportBytes"

// decodeExport unpacks a downloaded file, by its own first bytes, since the header that says so is not always there.
func decodeExport(raw []byte, most int64) (string, error) {
	text := raw
	if bytes.HasPrefix(raw, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(bytes.NewReader(raw))
		if err == nil {
			text, err = readCapped(z, most)
		}
		if err != nil {
			kind := ErrBadAnswer
			if errors.Is(err, ErrTooLarge) {
				kind = ErrTooLarge
			}
			e := &Error{Op: OpDownloadExport, kinds: []error{kind}, Err: fmt.Errorf("compressed export: %w", err),
				Hint: "try again"}
			if kind == ErrTooLarge {
				e.Hint = tooLargeExport
			}
			return "", e
		}
	}
	if isStorageError(text) {
		return "", errDeadLink
	}
	if !utf8.Valid(text) {
		text = bytes.ToValidUTF8(text, []byte("\uFFFD"))
	}
	return string(text), nil
}

// isStorageError recognizes an object store's refusal.
func isStorageError(text []byte) bool {
	head := bytes.TrimLeft(bytes.TrimPrefix(text[:min(len(text), 1024)], []byte("\xef\xbb\xbf")), " \r\n\t")
	if rest, ok := bytes.CutPrefix(head, []byte("<?xml")); ok {
		_, rest, _ = bytes.Cut(rest, []byte("?>"))
		return bytes.HasPrefix(bytes.TrimLeft(rest, " \r\n\t"), []byte("<Error"))
	}
	return false
}

func readCapped(r io.Reader, most int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	if int64(len(b)) > most {
		return nil, fmt.Errorf("more than %d bytes: %w", most, ErrTooLarge)
	}
	return b, err
}

// blobError refuses a download address. It names the host only, since the link itself is a key to the page.
type blobError struct{ text string }

func (e *blobError) Error() string { return e.text }

// checkBlobURL keeps a forged or mistaken answer from sending the client to addresses inside the own network.
func (c *Client) checkBlobURL(u *url.URL) error {
	host := strings.ToLower(u.Host)
	if strings.EqualFold(u.Host, c.base.Host) && u.Scheme == c.base.Scheme && u.User == nil {
		return nil
	}
	listed, plain := c.listedBlobHost(host, strings.ToLower(u.Hostname()))
	switch {
	case u.User != nil || !listed:
		return &blobError{fmt.Sprintf("the export's download host %q is not among Config.DownloadHosts",
			clip(oneLine(host), 100))}
	case u.Scheme == "https", u.Scheme == "http" && plain:
		return nil
	}
	return &blobError{fmt.Sprintf("the export's download link to %q is not https", clip(oneLine(host), 100))}
}

// listedBlobHost looks a host up, with and without its port; plain says that it may be asked without TLS.
func (c *Client) listedBlobHost(host, name string) (listed, plain bool) {
	for _, entry := range c.cfg.DownloadHosts {
		entry, plain := strings.CutPrefix(strings.ToLower(entry), "http://")
		standard := host == name || host == name+":443"
		if entry == host || standard && (entry == name || strings.HasPrefix(entry, ".") && strings.HasSuffix(name, entry)) {
			return true, plain
		}
	}
	return false, false
}

const maxBlobRedirects = 3

func (c *Client) checkBlobRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > maxBlobRedirects {
		return &blobError{"the export's download link redirects too often"}
	}
	return c.checkBlobURL(req.URL)
}
