package codatest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const blobPath = "/blobs/"

// export is a page export under way or done.
type export struct {
	id, pageID, format string
	doc                *docState
	visibleAt, readyAt time.Time
	done               bool
	failure            string
}

// blob is the file of an export. There is one for each page: the next export
// of the page overwrites it, whatever its format.
type blob struct {
	contentType string
	body        []byte
}

func blobKey(docID, pageID string) string { return pageID + "/" + docID }

func beginPageContentExport(c *call) (any, error) {
	var b struct {
		OutputFormat string `json:"outputFormat"`
	}
	if err := c.decode(&b); err != nil {
		return nil, err
	}
	if b.OutputFormat != "html" && b.OutputFormat != "markdown" {
		return nil, invalidBody("outputFormat: must be one of html, markdown")
	}
	p, err := c.thePage()
	if err != nil {
		return nil, err
	}
	if p.kind != "canvas" {
		return nil, badRequest("Only canvas pages can be exported, this page is of type %q.", p.kind)
	}
	bh := &c.s.behavior
	e := &export{id: c.s.ids.uuid(), pageID: p.id, format: b.OutputFormat, doc: c.doc, failure: bh.ExportError,
		visibleAt: c.now.Add(bh.ExportStatusLag.draw(c.s.rand)), readyAt: c.now.Add(bh.ExportDelay.draw(c.s.rand))}
	c.s.exports[e.id] = e
	c.s.pendingEx = append(c.s.pendingEx, e)
	return obj{"id": e.id, "status": "inProgress", "href": c.href("docs", c.doc.id, "pages", p.id, "export", e.id)}, nil
}

// finishExports writes the files of the exports that are due.
func (s *Server) finishExports(now time.Time) {
	rest := s.pendingEx[:0]
	for _, e := range s.pendingEx {
		if e.readyAt.After(now) {
			rest = append(rest, e)
			continue
		}
		e.done = true
		k := e.doc.read()
		p, i := k.pageByID(e.pageID)
		if i < 0 && e.failure == "" {
			e.failure = "The page was deleted before it could be exported."
		}
		if e.failure != "" {
			continue
		}
		contentType := "text/markdown; charset=utf-8"
		if e.format == "html" {
			contentType = "text/html; charset=utf-8"
		}
		s.blobs[blobKey(e.doc.id, e.pageID)] = blob{contentType, []byte(k.exportPage(e.doc, p, e.format, s.behavior.Manners))}
	}
	clear(s.pendingEx[len(rest):])
	s.pendingEx = rest
}

func getPageContentExportStatus(c *call) (any, error) {
	p, err := c.thePage()
	if err != nil {
		return nil, err
	}
	e := c.s.exports[c.path("requestId")]
	if e == nil || e.doc != c.doc || e.pageID != p.id || c.now.Before(e.visibleAt) {
		return nil, notFound("Could not find an export with the given request id.")
	}
	out := obj{"id": e.id, "status": "inProgress", "href": c.href("docs", c.doc.id, "pages", p.id, "export", e.id)}
	switch {
	case !e.done:
	case e.failure != "":
		out["status"], out["error"] = "failed", e.failure
	default:
		// Every poll gives a fresh link to the same file.
		out["status"] = "complete"
		origin := c.s.opts.BlobURL
		if origin == "" {
			origin = c.origin
		}
		expires := c.now.Add(c.s.behavior.BlobLinkLife).UnixMilli()
		out["downloadLink"] = fmt.Sprintf("%s%s%s?Expires=%d&Signature=%s", origin, blobPath, blobKey(c.doc.id, p.id),
			expires,
			url.QueryEscape(c.s.linkSignature(c.doc.id, p.id, expires)))
	}
	return out, nil
}

// linkSignature stands in for the signature of the real store: without the
// right one a link is dead.
func (s *Server) linkSignature(docID, pageID string, expires int64) string {
	h := s.opts.Seed
	for _, b := range []byte(docID + pageID + strconv.FormatInt(expires, 10)) {
		h = (h ^ uint64(b)) * 0x100000001b3
	}
	return strconv.FormatUint(h, 36)
}

// serveBlob is the other host: no token, no budget, gzip, and XML for a dead link.
func serveBlob(c *call, a *answer) {
	key := strings.TrimPrefix(c.r.URL.Path, blobPath)
	pageID, docID, _ := strings.Cut(key, "/")
	expires, _ := strconv.ParseInt(c.params.Get("Expires"), 10, 64)
	f, ok := c.s.blobs[key]
	switch {
	case c.params.Get("Signature") != c.s.linkSignature(docID, pageID, expires):
		a.setXML(c.s.behavior.ExpiredBlobStatus, "SignatureDoesNotMatch", "The request signature we calculated does not "+
			"match the signature you provided.")
	case c.now.UnixMilli() > expires:
		a.setXML(c.s.behavior.ExpiredBlobStatus, "AccessDenied", "Request has expired")
	case !ok:
		a.setXML(http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
	default:
		a.status = http.StatusOK
		a.header.Set("Content-Type", f.contentType)
		a.body = f.body
		if !c.s.behavior.PlainBlobs {
			a.header.Set("Content-Encoding", "gzip")
			a.body = compress(f.body)
		}
	}
}

func (a *answer) setXML(status int, code, message string) {
	a.status = status
	a.header.Set("Content-Type", "application/xml")
	a.body = fmt.Appendf(nil, "<?xml version=\"1.0\" "+
		"encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>%s</Message></Error>", code, message)
}

func compress(b []byte) []byte {
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	_, _ = z.Write(b)
	_ = z.Close()
	return buf.Bytes()
}
