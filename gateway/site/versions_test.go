package site

import (
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

func TestLeniencyIsForVersionsOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.issuer.Token(publicURL)
	body := strings.Replace(toolCall("read_it"), `"arguments":{}`, `"arguments":{},`+modernMeta, 1)
	for _, test := range []struct {
		version string
		method  []string
		name    []string
		refused bool
	}{
		{"2025-11-25", nil, nil, false},
		{"2025-11-25", []string{"tools/call"}, []string{"read_it"}, false},
		{"9999-12-31", []string{"tools/call"}, []string{"=?base64?cmVhZF9pdA==?="}, false},
		{"9999-12-31", []string{"tools/call"}, []string{"write_it"}, true},
		{"2025-11-25", []string{"tools/list"}, []string{"read_it"}, true},
		{"9999-12-31", []string{"tools/call"}, []string{"=?base64?cmVhZF9pdA==?=", "write_it"}, true},
		{"2026-07-28", []string{"tools/call"}, []string{"read_it"}, false},
		{"2026-07-28", []string{"tools/call"}, []string{"read_it", "write_it"}, true},
		{"2026-07-28", []string{"tools/call", "tools/list"}, []string{"read_it"}, true},
	} {
		rec := w.do(t, request{token: token, body: body, header: map[string][]string{"Mcp-Protocol-Version": {test.version},
			"Mcp-Method": test.method, "Mcp-Name": test.name}})
		answer := decode(t, rec)
		if refused := rec.Code == 400 && answer.Error != nil &&
			answer.Error.Code == mcp.CodeHeaderMismatch; refused != test.refused || !refused && text(answer) != "hello ada" {
			t.Errorf("%+v: %d %s", test, rec.Code, rec.Body)
		}
	}
}
