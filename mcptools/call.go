package mcptools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/bestviable/coda-gateway/coda"
)

// How much an answer may hold. Claude takes about 150,000 characters of a result; text and structured content together stay
// below hardCap.
const (
	defaultChars = 20_000
	mostChars    = 45_000
	hardCap      = 100_000
)

// call is one call of a tool.
type call struct {
	*handler
	spec    *spec
	coda    *coda.Client
	request *mcp.CallToolRequest
	// notes are told to the caller below the answer.
	notes    []string
	progress *progress
	// agreed is set once the person has agreed to this call.
	agreed bool
}

// note tells the caller something beside the answer.
func (c *call) note(format string, args ...any) {
	c.notes = append(c.notes, fmt.Sprintf(format, args...))
}

// answer is what a tool has to say, in both forms.
type answer struct {
	// text is the compact form for a model.
	text string
	// data is the structured form; it marshals to an object that the tool's output schema describes.
	data any
	// ask is a question to the person that has to be answered first; text and data are then empty.
	ask *question
}

// serve makes the SDK's handler of a tool. Every failure is an answer with isError and words in it, since protocol errors
// do not reach the model.
func (h *handler) serve(s spec) mcp.ToolHandler {
	return func(ctx context.Context, request *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		c := &call{handler: h, spec: &s, request: request}
		a, err := c.run(ctx)
		if err != nil {
			return failed(err), nil
		}
		return c.result(a), nil
	}
}

func (c *call) run(ctx context.Context) (*answer, error) {
	arguments, notes, err := arrange(c.request.Params.Arguments, c.spec.params)
	if err != nil {
		return nil, err
	}
	c.notes = notes
	if c.coda, err = c.cfg.Client(ctx); err != nil {
		return nil, err
	}
	if c.coda == nil {
		return nil, errNoAccount
	}
	c.progress = newProgress(c.request)
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	return c.patiently(coda.WithObserver(ctx, c.progress.observe(ctx)), arguments)
}

var errNoAccount = errors.New("there is no Coda account for you on this gateway; ask whoever runs it")

func failed(err error) *mcp.CallToolResult {
	r := &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: clip(strings.TrimSpace(explain(err)), defaultChars)}}}
	r.SetError(err)
	return r
}

func (c *call) withNotes(text string) string {
	text = strings.TrimRight(text, "\n")
	for _, n := range c.notes {
		text += "\n\nNote: " + n
	}
	return text
}

func (c *call) result(a *answer) *mcp.CallToolResult {
	if a.ask != nil {
		return a.ask.result()
	}
	text := c.withNotes(a.text)
	structured, err := marshal(a.data)
	if err != nil {
		return failed(fmt.Errorf("the answer cannot be written as JSON: %w", err))
	}
	if size := chars(text) + chars(string(structured)); size > hardCap {
		return failed(complain("The answer would hold %s characters, more than the %s that one answer may. Ask for less at a time.",
			thousands(size), thousands(hardCap)))
	}
	return &mcp.CallToolResult{
		Content:           []mcp.Content{&mcp.TextContent{Text: text}},
		StructuredContent: json.RawMessage(structured),
	}
}
