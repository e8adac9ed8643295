package mcphttp

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// waysOfACall are all that a call of a tool can go: by the handler, through the server, through the SDK's own handler
// as a document and as events, and as a request whose body is of a newer revision than its header.
func waysOfACall(tool, arguments string) map[string]*http.Request {
	const meta = `{"` + versionKey + `":"2026-07-28","` + clientKey + `":{"name":"c","version":"1"},"` + capabilitiesKey +
		`":{}}`
	ways := map[string]*http.Request{}
	for way, params := range map[string]string{
		"usual":          `"name":"` + tool + `","arguments":` + arguments,
		"arguments last": `"_meta":{"progressToken":1},"name":"` + tool + `","arguments" : ` + arguments + ` `,
		"odd":            `"arguments":` + arguments + `,"odd":[1],"name":"` + tool + `"`,
		"events":         `"name":"` + tool + `","arguments":` + arguments,
		"mixed":          `"name":"` + tool + `","arguments":` + arguments + `,"_meta":` + meta,
		"mixed events":   `"_meta":` + meta + `,"arguments":` + arguments + `,"name":"` + tool + `"`,
	} {
		r := httptest.NewRequest(http.MethodPost, "/mcp", strings.NewReader(
			`{"jsonrpc":"2.0","params": {`+params+`},"method":"tools/call","id":1}`))
		r.Header = http.Header{"Content-Type": {"application/json"}, versionHeader: {"2025-11-25"}}
		if strings.Contains(way, "events") {
			r.Header.Set("Accept", "text/event-stream")
		}
		ways[way] = r
	}
	return ways
}

func answered(t *testing.T, h *Handler, r *http.Request) []byte {
	t.Helper()
	w, c := httptest.NewRecorder(), &call.Call{Principal: &token.Principal{Issuer: "i", Subject: "ada"}}
	m, ok := h.Read(w, r, c, MaxBody)
	if !ok {
		t.Fatalf("not read: %s", w.Body)
	}
	defer m.Done()
	h.Serve(w, r, c, m, access.Set{})
	_, document, events := bytes.Cut(w.Body.Bytes(), dataField)
	if !events {
		document = w.Body.Bytes()
	}
	return document
}

// Whichever way a call goes, the tool gets its arguments byte for byte.
func TestArgumentsAreGivenBack(t *testing.T) {
	t.Parallel()
	h := newTestHandler(t)
	for _, arguments := range []string{`{}`, `{ "b":[1.0, 2],"a\u0062":{"c":"é\n"} }`, `[1]`, `"text"`, `7`, `null`,
		`{"arguments":{"name":"fail"}}`, `{"a":"` + strings.Repeat(`\"`, 100_000) + `"}`} {
		for way, r := range waysOfACall("echo", arguments) {
			for range 2 {
				var answer struct {
					Result struct{ Content []struct{ Text string } }
				}
				raw := answered(t, h, r.Clone(t.Context()))
				if err := json.Unmarshal(raw, &answer); err != nil || len(answer.Result.Content) != 1 ||
					answer.Result.Content[0].Text != arguments {
					t.Errorf("%s, %.60s: %v %.300s", way, arguments, err, raw)
				}
				r = waysOfACall("echo", arguments)[way]
			}
		}
	}
}

// What a tool is called with is read once: whichever way a call goes, the server gets the message without it. Not
// parallel, since it counts what is allocated.
func TestLargeArgumentsAreReadOnce(t *testing.T) {
	h := newTestHandler(t)
	const size = 1_900_000
	arguments := `{"a":"` + strings.Repeat(`\"`, size/2) + `"}`
	spent := map[string]uint64{}
	for way, r := range waysOfACall("fail", arguments) {
		answered(t, h, waysOfACall("fail", "{}")[way])
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		raw := answered(t, h, r)
		runtime.ReadMemStats(&after)
		if !bytes.Contains(raw, []byte(`"isError":true`)) {
			t.Errorf("%s: %.300s", way, raw)
		}
		spent[way] = after.TotalAlloc - before.TotalAlloc
	}
	// The usual way goes straight to the tool. Of a mixed message there is one copy more. The race detector makes it twice
	// as much for all.
	for way, n := range spent {
		if usual := spent["usual"]; n > usual*8/5 {
			t.Errorf("%s: %d bytes allocated for a message of %d, by the usual way %d", way, n, size, usual)
		}
	}
}
