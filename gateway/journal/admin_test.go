package journal

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/bestviable/coda-gateway/gateway/token"
)

// A browser on the admin listener gets pages, a program JSON, and what people chose stays text.
func TestHandler(t *testing.T) {
	t.Parallel()
	in(t, usual(), func(w *world) {
		eve := &token.Principal{Issuer: ada.Issuer, Subject: "eve", Name: "<script>alert(1)</script>", ClientID: "<i>"}
		w.ok(from{hosted.addr, "Claude-User <b>"}, eve, "tools/list, none")
		w.wait(time.Hour)
		mux := http.NewServeMux()
		h := NewHandler(w.journal, "coda-gateway v1")
		mux.Handle("GET /attempts", h)
		mux.Handle("GET /attempts/{id}", h)
		get := func(path, accept string, want int) string {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.Header.Set("Accept", accept)
			got := httptest.NewRecorder()
			mux.ServeHTTP(got, r)
			if got.Code != want || strings.Contains(accept, "html") != strings.Contains(got.Body.String(), "<!doctype") {
				t.Errorf("%s as %s: %d %.200s", path, accept, got.Code, got.Body)
			}
			return got.Body.String()
		}
		id := w.last().ID
		if list := get("/attempts", "application/json", 200); !strings.Contains(list, `"outcome": "no_tools"`) {
			t.Errorf("the list is %s", list)
		}
		for _, page := range []string{get("/attempts", "text/html", 200), get("/attempts/"+id, "text/html", 200)} {
			if strings.Contains(page, "<script") || strings.Contains(page, "<i>") || !strings.Contains(page, id) {
				t.Errorf("the page is %s", page)
			}
		}
		if page := get("/attempts/"+id, "text/html", 200); !strings.Contains(page, "this person has no tools (no-tools)") ||
			!strings.Contains(page, "What happened") {
			t.Errorf("the page is %s", page)
		}
		if one := get("/attempts/"+id, "*/*", 200); !strings.Contains(one, `"code": "no-tools"`) {
			t.Errorf("the attempt is %s", one)
		}
		get("/attempts/NOPE", "*/*", 404)
	})
}
