package wellknown

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// The page for people says how to connect, quotes what the configuration says, and names the last attempt or none.
func TestHelp(t *testing.T) {
	t.Parallel()
	page := func(cfg Config, attempt string) string {
		w := httptest.NewRecorder()
		NewHelp(cfg).Write(w, 401, attempt)
		if w.Code != 401 || w.Header().Get("Content-Type") != "text/html; charset=utf-8" ||
			!strings.HasPrefix(w.Header().Get("Content-Security-Policy"), "default-src 'none'; style-src 'sha256-") {
			t.Errorf("%d %v", w.Code, w.Header())
		}
		if got := w.Body.String(); !strings.Contains(got, "{{") && strings.HasSuffix(got, "</html>\n") {
			return got
		}
		t.Fatalf("the page is not whole: %s", w.Body)
		return ""
	}
	cfg := Config{Resource: "https://mcp.example.com/mcp", Origin: "https://mcp.example.com", Path: "/mcp",
		Name: "<b>Wiki</b>", Connect: "https://mcp.example.com/connect"}
	got := page(cfg, "7Q2K")
	for _, want := range []string{"&lt;b&gt;Wiki", "<strong>7Q2K</strong>", `href="https://mcp.example.com/connect"`,
		"claude mcp add --transport http coda https://mcp.example.com/mcp"} {
		if !strings.Contains(got, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	const local = "can only be reached from this machine or network"
	if strings.Contains(got, local) || strings.Contains(page(cfg, ""), "the code <strong>") {
		t.Error("the page says what is not so")
	}
	for _, origin := range []string{"http://127.0.0.1:8080", "https://10.0.0.5", "http://localhost:8080"} {
		cfg.Origin = origin
		if !strings.Contains(page(cfg, ""), local) {
			t.Errorf("%s is given to clients in a cloud", origin)
		}
	}
}
