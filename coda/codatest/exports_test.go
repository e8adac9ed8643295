package codatest

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// export begins an export and returns the path of its status.
func (a *api) export(page, format string) string {
	a.t.Helper()
	path := roadmapPath + "/pages/" + page + "/export"
	begun := a.call(202, "POST", path, obj{"outputFormat": format})
	if begun["status"] != "inProgress" {
		a.t.Errorf("status %v right after the beginning", begun["status"])
	}
	return path + "/" + begun["id"].(string)
}

// download fetches a link without a token.
func (a *api) download(link string) string {
	a.t.Helper()
	resp, b, err := a.as("").send("GET", link, nil)
	if err != nil {
		a.t.Fatal(err)
	}
	if resp.StatusCode != 200 {
		a.t.Errorf("download: status %d", resp.StatusCode)
	}
	return string(b)
}

func TestExport(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAPI(t, Options{InMemory: true, Behavior: Behavior{ExportStatusLag: Exactly(2 * time.Second),
			ExportDelay: Exactly(5 * time.Second)}})
		status := a.export("Features", "markdown")
		a.call(404, "GET", status, nil)
		time.Sleep(2 * time.Second)
		if o := a.get(status); o["status"] != "inProgress" || o["downloadLink"] != nil {
			t.Errorf("too early: %v", o)
		}
		time.Sleep(3 * time.Second)
		done := a.get(status)
		link, _ := done["downloadLink"].(string)
		if done["status"] != "complete" || !strings.HasPrefix(link, "http://blobs.coda.test/blobs/") {
			t.Fatalf("not complete: %v", done)
		}
		md := a.download(link)
		if !strings.Contains(md, "All features, with their owner") || !strings.Contains(md, "| Gripper |") {
			t.Errorf("the export is %q", md)
		}
		log := a.srv.Requests()
		last := log[len(log)-1]
		if last.Operation != "downloadBlob" || last.Authorized || last.Class != "" {
			t.Errorf("the download was logged as %+v", last)
		}

		time.Sleep(300*time.Second + time.Millisecond)
		if body := a.download(link); !strings.HasPrefix(body, "<?xml") || !strings.Contains(body, "Request has expired") {
			t.Errorf("a dead link gives %q", body)
		}
		a.srv.Behave(func(b *Behavior) { b.ExpiredBlobStatus = http.StatusForbidden })
		resp, _, err := a.as("").send("GET", link, nil)
		if err != nil || resp.StatusCode != http.StatusForbidden {
			t.Errorf("a dead link gives %v, %v", resp, err)
		}
		// A fresh link to the same file.
		if got := a.download(a.get(status)["downloadLink"].(string)); got != md {
			t.Errorf("the fresh link gives %q", got)
		}
		if body := a.as("").tamper(link); !strings.HasPrefix(body, "<?xml") {
			t.Errorf("a forged link gives %q", body)
		}
	})
}

func (a *api) tamper(link string) string {
	a.t.Helper()
	_, b, err := a.send("GET", strings.Replace(link, "Expires=1", "Expires=9", 1)+"0", nil)
	if err != nil {
		a.t.Fatal(err)
	}
	return string(b)
}

func TestExportIsCompressedUnasked(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	link := a.get(a.export("Overview", "html"))["downloadLink"].(string)
	resp, b, err := a.as("").send("GET", link, nil, "Accept-Encoding", "identity")
	if err != nil {
		t.Fatal(err)
	}
	if resp.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("Content-Encoding %q", resp.Header.Get("Content-Encoding"))
	}
	z, err := gzip.NewReader(strings.NewReader(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil || !strings.Contains(string(text), "<strong>one robot arm</strong>") {
		t.Errorf("%q, %v", text, err)
	}
	a.srv.Behave(func(b *Behavior) { b.PlainBlobs = true })
	if _, b, _ := a.as("").send("GET", link, nil, "Accept-Encoding", "identity"); !strings.HasPrefix(string(b),
		"<!DOCTYPE html>") {
		t.Errorf("plain download gives %q", b[:40])
	}
}

func TestLinksToExportsLiveAsLongAsTheyShould(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAPI(t, Options{InMemory: true, Behavior: Behavior{BlobLinkLife: 10 * time.Second}})
		link := a.get(a.export("Overview", "markdown"))["downloadLink"].(string)
		time.Sleep(9 * time.Second)
		if body := a.download(link); !strings.HasPrefix(body, "# ") {
			t.Errorf("after 9 s the link gives %q", body)
		}
		time.Sleep(2 * time.Second)
		if body := a.download(link); !strings.HasPrefix(body, "<?xml") {
			t.Errorf("after 11 s the link gives %q", body)
		}
	})
}

func TestTheNextExportOverwritesTheFile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAPI(t, Options{InMemory: true, Behavior: Behavior{ExportDelay: Exactly(5 * time.Second)}})
		first := a.export("Overview", "markdown")
		time.Sleep(time.Second)
		a.export("Overview", "html")
		other := a.export("Features", "markdown")
		time.Sleep(5 * time.Second)
		if got := a.download(a.get(first)["downloadLink"].(string)); !strings.HasPrefix(got, "<!DOCTYPE html>") {
			t.Errorf("the first export still is %q", got[:40])
		}
		if got := a.download(a.get(other)["downloadLink"].(string)); !strings.HasPrefix(got, "# Features") {
			t.Errorf("the export of another page is %q", got[:40])
		}
	})
}

func TestExportsThatFail(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for _, page := range []string{"Mockups", "canvas-RoadmapSync", "canvas-RoadmapAll"} {
		a.call(400, "POST", roadmapPath+"/pages/"+page+"/export", obj{"outputFormat": "html"})
	}
	a.call(400, "POST", roadmapPath+"/pages/Overview/export", obj{"outputFormat": "pdf"})
	a.call(404, "POST", roadmapPath+"/pages/Nothing/export", obj{"outputFormat": "html"})
	ok := a.export("Overview", "html")
	a.call(404, "GET", strings.Replace(ok, "Overview", "Features", 1), nil) // of another page
	a.srv.Behave(func(b *Behavior) { b.ExportError = "out of paper" })
	if o := a.get(a.export("Overview", "html")); o["error"] != "out of paper" || o["downloadLink"] != nil {
		t.Errorf("a failed export is %v", o)
	}
	if o := a.get(ok); o["downloadLink"] == nil {
		t.Errorf("an export that was done failed afterwards: %v", o)
	}
}
