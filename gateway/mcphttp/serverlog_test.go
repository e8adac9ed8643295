package mcphttp

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/rs/zerolog"
)

// The exchange needs no rules here: what is looked at is the server's own log.
func TestClientsCannotMakeTheServerLogErrors(t *testing.T) {
	t.Parallel()
	log := &syncBuffer{}
	server := mcp.NewServer(&mcp.Implementation{Name: "test", Version: "1"}, ServerOptions(zerolog.New(log)))
	for _, method := range []string{"ping", "initialize", "logging/setLevel", "resources/subscribe"} {
		answer, err := ask(t.Context(), server, question{Method: method,
			Params: json.RawMessage(`{` + elicitingMeta + `}`)})
		if err != nil || answer.Error == nil {
			t.Errorf("%s: %v %s", method, err, answer.Result)
		}
	}
	if log.String() != "" {
		t.Errorf("the server logged\n%s", log)
	}
	serverLog(zerolog.New(log)).With("a", 1).WithGroup("g").Error("something else")
	if !strings.Contains(log.String(), `"component":"mcp"`) || !strings.Contains(log.String(), "something else") {
		t.Errorf("the log says\n%s", log)
	}
}

// syncBuffer is a log that may be written and read at once.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
