package mcphttp

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/token"
)

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		want       Message
	}{
		{"legacy initialize", `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}`,
			Message{ID: []byte("1"), Method: "initialize", Asked: "2025-11-25",
				Params: []byte(`{"protocolVersion":"2025-11-25"}`)}},
		{"modern call", `{"jsonrpc":"2.0","id":"a","method":"tools/call","params": {"name":"coda_whoami","arguments":{"name":"x"},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","progressToken":7}} }`,
			Message{ID: []byte(`"a"`), Method: "tools/call", Name: "coda_whoami", Version: "2026-07-28", Progress: true,
				Params: []byte(`{"name":"coda_whoami","arguments":{"name":"x"},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","progressToken":7}}`)}},
		{"bare", `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/clientCapabilities":{}}}}`,
			Message{ID: []byte("1"), Method: "tools/list", Bare: true, Capable: true,
				Params: []byte(`{"_meta":{"io.modelcontextprotocol/clientCapabilities":{}}}`)}},
		{"capabilities of a wrong kind", `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/clientCapabilities":[]}}}`,
			Message{ID: []byte("1"), Method: "tools/list", Bare: true,
				Params: []byte(`{"_meta":{"io.modelcontextprotocol/clientCapabilities":[]}}`)}},
		{"resource", `{"jsonrpc":"2.0","id":2,"method":"resources/read","params":{"uri":"coda://docs/1"}}`,
			Message{ID: []byte("2"), Method: "resources/read", Name: "coda://docs/1",
				Params: []byte(`{"uri":"coda://docs/1"}`)}},
		{"a resource has no name",
			`{"jsonrpc":"2.0","id":2,"params":{"uri":"coda://docs/1","name":"coda://docs/2"},"method":"resources/read"}`,
			Message{ID: []byte("2"), Method: "resources/read", Name: "coda://docs/1",
				Params: []byte(`{"uri":"coda://docs/1","name":"coda://docs/2"}`)}},
		{"a tool has no URI", `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"uri":"x"}}`,
			Message{ID: []byte("2"), Method: "tools/call", Params: []byte(`{"uri":"x"}`)}},
		{"a name elsewhere is no name", `{"jsonrpc":"2.0","id":2,"method":"tools/list","params":{"name":"x"}}`,
			Message{ID: []byte("2"), Method: "tools/list", Params: []byte(`{"name":"x"}`)}},
		{"notification", `{"jsonrpc":"2.0","method":"notifications/initialized"}`, Message{Kind: Notification,
			Method: "notifications/initialized", Bare: true}},
		{"response", `{"jsonrpc":"2.0","id":3,"result":{}}`, Message{Kind: Response, ID: []byte("3"), Bare: true}},
		{"escaped names are the same names",
			`{"jsonrpc":"2.0","id":1,"meth\u006fd":"tools/call","params":{"n\u0061me":"x\u0079"}}`,
			Message{ID: []byte("1"), Method: "tools/call", Name: "xy", Params: []byte(`{"n\u0061me":"x\u0079"}`)}},
		{"other case is another name",
			`{"jsonrpc":"2.0","id":1,"method":"tools/call","Method":"ping","params":{"Name":"y","name":"x"}}`,
			Message{ID: []byte("1"), Method: "tools/call", Name: "x", Params: []byte(`{"Name":"y","name":"x"}`)}},
		{"what cannot be seen makes another name",
			`{"jsonrpc":"2.0","id":1,"method":"tools/call","method\u0000":"ping","params":{"name":"x","na\u200bme":"y"}}`,
			Message{ID: []byte("1"), Method: "tools/call", Name: "x",
				Params: []byte(`{"name":"x","na\u200bme":"y"}`)}},
		{"null params are the server's to refuse", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":null}`,
			Message{ID: []byte("1"), Method: "tools/call"}},
		{"null progress token", `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"progressToken":null}}}`,
			Message{ID: []byte("1"), Method: "ping", Bare: true, Params: []byte(`{"_meta":{"progressToken":null}}`)}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := parse([]byte(test.body))
			if err != nil {
				t.Fatal(err)
			}
			got.call = callParams{} // see TestCallParams
			test.want.Raw = []byte(test.body)
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %+v\nwant %+v", got, test.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		code       int64
		message    string
	}{
		{"empty", ``, CodeInvalidRequest, "empty"},
		{"blank", " \n", CodeInvalidRequest, "empty"},
		{"batch", `[{"jsonrpc":"2.0","id":1,"method":"ping"}]`, CodeInvalidRequest, "batches"},
		{"empty batch", `[]`, CodeInvalidRequest, "batches"},
		{"scalar", `7`, CodeInvalidRequest, "JSON object"},
		{"cut", `{"jsonrpc":"2.0","id":1,`, CodeParseError, "too early"},
		{"duplicate method", `{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}`, CodeParseError, "twice"},
		{"duplicate by escape", `{"jsonrpc":"2.0","id":1,"method":"ping","meth\u006fd":"tools/call"}`, CodeParseError,
			"twice"},
		{"duplicate tool", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"b"}}`,
			CodeParseError, "twice"},
		{"two messages", `{"jsonrpc":"2.0","id":1,"method":"ping"}{"jsonrpc":"2.0","id":2,"method":"ping"}`,
			CodeInvalidRequest, "something follows"},
		{"version", `{"jsonrpc":"1.0","id":1,"method":"ping"}`, CodeInvalidRequest, `"2.0"`},
		{"null id", `{"jsonrpc":"2.0","id":null,"method":"ping"}`, CodeInvalidRequest, "id"},
		{"object id", `{"jsonrpc":"2.0","id":{},"method":"ping"}`, CodeInvalidRequest, "id"},
		{"no method", `{"jsonrpc":"2.0","id":1}`, CodeInvalidRequest, "method"},
		{"method is a number", `{"jsonrpc":"2.0","id":1,"method":7}`, CodeInvalidRequest, "method"},
		{"both", `{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}`, CodeInvalidRequest, "not both"},
		{"not UTF-8", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\"}", CodeParseError, "UTF-8"},
		{"array of params", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[1]}`, CodeInvalidParams, "object"},
		{"params are text", `{"jsonrpc":"2.0","id":1,"method":"initialize","params":"x"}`, CodeInvalidParams, "object"},
		{"many numbers", `{"jsonrpc":"2.0","id":1,"method":"x","params":{"name":[` + strings.Repeat("1,", maxValues) +
			`1]}}`, CodeInvalidRequest, "100,000 values"},
		{"many names", `{"jsonrpc":"2.0","id":1,"method":"x","params":{` + strings.Repeat(`"\\":{},`, maxNames) +
			`"a":1}}`, CodeInvalidRequest, "2,000 names"},
		{"many names in each other", `{"jsonrpc":"2.0","id":1,"method":"x","params":` + strings.Repeat(`{"not":`, 5000) +
			"1" + strings.Repeat("}", 5000) + `}`, CodeInvalidRequest, "more than 2,000 names nested 127 deep"},
		{"deep", `{"jsonrpc":"2.0","id":1,"method":"x","params":` + strings.Repeat("[", 20000) + strings.Repeat("]",
			20000) + `}`, CodeParseError, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := parse([]byte(test.body))
			var e *messageError
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want an *messageError", err)
			}
			if e.Code != test.code || !strings.Contains(e.Message, test.message) {
				t.Errorf("got %d %q, want %d …%q…", e.Code, e.Message, test.code, test.message)
			}
			if test.code == CodeParseError && e.ID != nil {
				t.Errorf("the id %s is taken from what is no JSON", e.ID)
			}
		})
	}
}

func TestParseKeepsTheIDOfABadMessage(t *testing.T) {
	t.Parallel()
	_, err := parse([]byte(`{"id":42,"jsonrpc":"1.0","method":"ping"}`))
	var e *messageError
	if !errors.As(err, &e) || string(e.ID) != "42" {
		t.Fatalf("got %#v", err)
	}
}

func TestStripVersion(t *testing.T) {
	t.Parallel()
	tests := []struct{ body, want string }{
		{`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{},"progressToken":1}}}`,
			`{"id":1,"jsonrpc":"2.0","method":"tools/call","params":{"_meta":{"progressToken":1},"name":"x"}}`},
		{`{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}`,
			`{"id":1,"jsonrpc":"2.0","method":"tools/list","params":{}}`},
	}
	for _, test := range tests {
		got, err := stripVersion([]byte(test.body))
		if err != nil || string(got) != test.want {
			t.Errorf("got %s, %v\nwant %s", got, err, test.want)
		}
	}
}

// What Parse accepts, encoding/json must read the same way.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","_meta":{"progressToken":1}}}`))
	f.Add([]byte(`{"jsonrpc":"2.0","meth\u006fd":"ping"}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := parse(body)
		if err != nil {
			var e *messageError
			if !errors.As(err, &e) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		var top map[string]json.RawMessage
		if err := json.Unmarshal(body, &top); err != nil {
			t.Fatalf("accepted what encoding/json refuses: %v", err)
		}
		if m.Kind == Response {
			return
		}
		var method string
		if err := json.Unmarshal(top["method"], &method); err != nil || method != m.Method {
			t.Fatalf("method %q, encoding/json reads %q (%v)", m.Method, method, err)
		}
		if m.Version != "" {
			if _, err := stripVersion(body); err != nil {
				t.Fatalf("StripVersion: %v", err)
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	body := []byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"coda_whoami","arguments":{"a":[1,2,3],"b":"text"},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`)
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := parse(body); err != nil {
			b.Fatal(err)
		}
	}
}

// What stands inside of strings is no value, however they are written.
func TestTextIsOneValue(t *testing.T) {
	t.Parallel()
	for _, text := range []string{",", `\",`, `\\\",[`, `{[,`} {
		body := `{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":"` + strings.Repeat(text, maxValues) + `","b":"\\"}}`
		if _, err := parse([]byte(body)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	exactly := `{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":[` + strings.Repeat("1,", maxValues-7) + `1]}}`
	if _, err := parse([]byte(exactly)); err != nil {
		t.Errorf("at the limit: %v", err)
	}
}

// Names are counted for each object: many rows have many, and each its own.
func TestAnObjectHasSoManyNames(t *testing.T) {
	t.Parallel()
	names := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"a\":%d":{"b":[1]}`, i)
		}
		return "{" + b.String()[1:] + "}"
	}
	rows := "[" + strings.Repeat(names(100)+",", 100) + names(maxNames) + "]"
	for params, want := range map[string]bool{
		`{"a":` + rows + `}`:                     true,
		`{"a":` + names(maxNames+1) + `}`:        false,
		`{"a":[[{"x":1},` + names(9_000) + `]]}`: false,
		`{"a":` + strings.Repeat(`{"x":[`, 3_000) + strings.Repeat("]}", 3_000) + `}`: false,
	} {
		_, err := parse([]byte(`{"jsonrpc":"2.0","id":1,"method":"x","params":` + params + `}`))
		if (err == nil) != want {
			t.Errorf("%.60s: %v", params, err)
		}
	}
	if _, err := parse([]byte(strings.Repeat("]", 10_000) + strings.Repeat("{", 10_000))); err == nil {
		t.Error("what is no JSON is read")
	}
}

// What a tool is called with is cut out of the message byte for byte.
func TestCallParams(t *testing.T) {
	t.Parallel()
	const describes = `"io.modelcontextprotocol/clientInfo" : {"name":"c"},"io.modelcontextprotocol/clientCapabilities":{}`
	m, err := parse([]byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments" : {"a": [1]} ,
		"inputResponses":{"q":1},"requestState":"s","_meta":{` + describes + `}}}`))
	want := callParams{
		Arguments: []byte(`{"a": [1]}`), InputResponses: []byte(`{"q":1}`), RequestState: []byte(`"s"`),
		Meta:   []byte(`{` + describes + `}`),
		Client: []byte(`{"name":"c"}`), Capabilities: []byte(`{}`),
	}
	want.at.params, want.at.arguments = 55, 81
	if err != nil || !reflect.DeepEqual(m.call, want) {
		t.Errorf("%v\ngot  %+v\nwant %+v", err, m.call, want)
	}
	for _, params := range []string{`{"name":"x","Arguments":{}}`, `{"name":"x","_meta":[]}`,
		`{"name":"x","_meta":{"io.modelcontextprotocol/logLevel":"debug"}}`} {
		if m, err := parse([]byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":` + params + `}`)); err != nil ||
			!m.call.Odd {
			t.Errorf("%s passes for usual: %v", params, err)
		}
	}
}

// What is no argument of a tool is small.
func TestTheEnvelopeIsBounded(t *testing.T) {
	t.Parallel()
	h := newTestHandler(t)
	long := strings.Repeat("<", 1<<20)
	for _, body := range []string{
		`"method":"tools/list","params":{"cursor":"` + long + `"}`,
		`"method":"completion/complete","params":{"ref":{"type":"` + long + `"}}`,
		`"method":"subscriptions/listen","params":{"notifications":"` + long + `"}`,
		`"method":"tools/call","params":{"name":"echo","_meta":{"x":"` + long + `"}}`,
		`"method":"tools/call","params":{"name":"echo","requestState":"` + long + `"}`,
		`"method":"prompts/get","params":{"name":"greet","arguments":{"x":"` + long + `"}}`,
		`"method":"ping","` + long + `":1`,
		`"result":"` + long + `"`,
	} {
		r := httptest.NewRequest(http.MethodPost, "/mcp", strings.NewReader(`{"jsonrpc":"2.0","id":1,`+body+`}`))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		if _, ok := h.Read(w, r, &call.Call{Principal: &token.Principal{}}, MaxBody); ok || w.Body.Len() > 500 {
			t.Errorf("%.60s: read %v, %d bytes of answer", body, ok, w.Body.Len())
		}
	}
}
