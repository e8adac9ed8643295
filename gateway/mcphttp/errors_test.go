package mcphttp

import (
	"encoding/json"
	"net/http/httptest"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
)

// What is put together by hand is what encoding/json writes, whatever ids and words there are.
func TestErrorsAreWhatJSONWouldBe(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"", "null", "7", "1234567890123", "-1", "1.5", `"a"`, `"<b>"`, "12345678901234567890123"} {
		for _, message := range []string{"", "plain words, and more; (of them)", `a "quote"`, `back\slash`, "<tag> & more",
			"caf\u00e9", "line\nbreak", "\u2028", "\x7f", "bad\xff"} {
			for _, attempt := range []string{"", "7QK2", `"`, "<x>"} {
				e := &jsonrpc.Error{Code: CodeUnauthorized, Message: message}
				if attempt != "" {
					e.Data, _ = json.Marshal(map[string]string{"attempt": attempt, "tell": "tell your administrator " + attempt})
				}
				raw := json.RawMessage(id)
				if id == "" {
					raw = json.RawMessage("null")
				}
				want, err := json.Marshal(struct {
					Version string          `json:"jsonrpc"`
					ID      json.RawMessage `json:"id"`
					Error   *jsonrpc.Error  `json:"error"`
				}{"2.0", raw, e})
				if err != nil {
					t.Fatal(err)
				}
				w := httptest.NewRecorder()
				WriteRefusal(w, 401, []byte(id), message, attempt)
				if got := w.Body.String(); got != string(want)+"\n" {
					t.Errorf("id %s, message %q, attempt %q\n got %s\nwant %s", id, message, attempt, got, want)
				}
			}
		}
	}
}
