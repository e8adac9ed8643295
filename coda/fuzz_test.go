package coda

import (
	"bytes"
	"compress/gzip"
	"errors"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzErrorBody(f *testing.F) {
	for _, s := range []string{`{"message":"m","codaDetail":{"validationErrors":[{"path":"a","message":"b"}]}}`, `{"codaDetail":{"issues":[{"path":["a",1],"message":"b"}]}}`,
		`<html>`, ``, `[]`, `{"message":7}`, `{"codaDetail":"x"}`, "\xff\x00"} {
		f.Add(400, []byte(s))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		e := &Error{Op: OpGetDoc, StatusCode: status}
		e.parseErrorBody(body)
		kind := kindOf(status, e.Message)
		e.kinds, e.Hint = []error{kind}, hintOf(e.Op, kind)
		text := e.Error()
		if !utf8.ValidString(text) || strings.ContainsAny(text, "\n\r\x00") || len(text) > 20_000 {
			t.Fatalf("%d %q: %q", status, body, text)
		}
		if !errors.Is(e, kind) {
			t.Fatal("the error does not match its kind")
		}
	})
}

func FuzzDecodeExport(f *testing.F) {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, _ = w.Write([]byte("# Title"))
	_ = w.Close()
	for _, s := range []string{z.String(), z.String()[:10], "# plain",
		"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "\xef\xbb\xbf \n<?xml ?>\n<Error/>",
		"<?xml ?><html>", "\x1f\x8b"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		text, err := decodeExport(raw, 1000)
		if err == nil && (!utf8.ValidString(text) || len(text) > 3*max(1000, len(raw))) {
			t.Fatalf("%q became %q", raw, text)
		}
		if err != nil && !errors.Is(err, errDeadLink) {
			if _, ok := asError(err); !ok {
				t.Fatalf("%q: %v", raw, err)
			}
		}
	})
}

func FuzzExportStatus(f *testing.F) {
	f.Add([]byte(`{"id":"a","status":"complete","downloadLink":"https://docs.superhuman.com/blobs/x"}`))
	f.Add([]byte(`{"downloadLink":"file:///etc/passwd"}`))
	f.Add([]byte(`{"downloadLink":["x"],"error":{}}`))
	c := &Client{core: &core{cfg: Config{DownloadHosts: []string{"coda.io", ".coda.io"}},
		base: &url.URL{Scheme: "https", Host: "api.test", Path: "/apis/v1"}}}
	f.Fuzz(func(t *testing.T, body []byte) {
		var e PageExport
		if decode(body, &e) != nil || e.DownloadLink == "" {
			return
		}
		u, err := c.base.Parse(e.DownloadLink)
		if err != nil || c.checkBlobURL(u) != nil {
			return
		}
		host := strings.ToLower(u.Hostname())
		if u.Scheme != "https" || host != "coda.io" && host != "api.test" && !strings.HasSuffix(host, ".coda.io") {
			t.Fatalf("%q may be downloaded", e.DownloadLink)
		}
	})
}
