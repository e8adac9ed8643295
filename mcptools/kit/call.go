package kit

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/near"
)

// How much an answer may hold. Claude takes about 150,000 characters of a result; text and structured content together
// stay below hardCap.
const (
	DefaultChars = 20_000
	MostChars    = 45_000
	HardCap      = 100_000
	// mostError bounds what is said of a failure: a hundred faulty values of a write take the most.
	mostError = 20_000
)

// Call is one call of a tool.
type Call struct {
	*Frame
	spec *Spec
	// Caller is who makes the call, and Coda their client.
	Caller  Caller
	Coda    *coda.Client
	request *mcp.CallToolRequest
	// arguments are those of the call in the shape that the tool declares, with those of the batch that it names.
	arguments map[string]any
	// completed is set where some of them are of a batch.
	completed bool
	// notes are told to the caller below the answer.
	notes    []string
	Progress *progress
	// resolved are the ids that names of pages and tables led to.
	resolved []string
	// table is the table that a name led to last.
	table coda.Target
	// agreed is set once the person has agreed to this call.
	agreed bool
	// docName is the doc that the call named by its name.
	docName coda.Target
	// doc is the id of the doc that the call was last found to be about.
	doc string
	// shown are the docs that the answer names.
	shown []string
	// kept is what the call keeps of what it changes; takesBack is what it takes back, as the change undoID.
	kept      *Kept
	takesBack *Change
	undoID    string
}

// Note tells the caller something beside the answer.
func (c *Call) Note(format string, args ...any) {
	c.notes = append(c.notes, near.Sprintf(format, args...))
}

// Shows notes that the answer names docs, for whoever keeps records of calls.
func (c *Call) Shows(docs ...string) {
	for _, doc := range docs {
		if !slices.Contains(c.shown, doc) {
			c.shown = append(c.shown, doc)
		}
	}
}

// Told ends a call that is no tool's, such as a list of resources, for whoever keeps records of calls.
func (c *Call) Told(ctx context.Context) {
	if c.cfg.Ended != nil && len(c.shown) > 0 {
		c.cfg.Ended(ctx, Result{Docs: c.shown})
	}
}

// namedDocs are the docs that the answer, or the words about its failure, name.
func (c *Call) namedDocs(err error) []string {
	var several *coda.AmbiguousError
	if errors.As(err, &several) && several.Kind == coda.KindDoc {
		for _, one := range several.Candidates {
			c.Shows(one.ID)
		}
	}
	return c.shown
}

// Serve makes the SDK's handler of a tool. Every failure is an answer with isError and words in it, since protocol
// errors do not reach the model.
func (f *Frame) Serve(s Spec) mcp.ToolHandler {
	return func(ctx context.Context, request *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		c := &Call{Frame: f, spec: &s, request: request}
		a, err := c.run(ctx)
		if f.cfg.Ended != nil {
			r := resultOf(a, err)
			r.Docs = c.namedDocs(err)
			f.cfg.Ended(ctx, r)
		}
		if err != nil {
			return failed(err), nil
		}
		return c.result(a), nil
	}
}

// Borrow makes a call of a tool that was not made by its name, such as the reading of a resource, where the caller may
// use the tool.
func (f *Frame) Borrow(ctx context.Context, s Spec, session *mcp.ServerSession) (*Call, error) {
	request := &mcp.CallToolRequest{Session: session, Params: &mcp.CallToolParamsRaw{Name: s.Name}}
	c := &Call{Frame: f, spec: &s, request: request, Progress: newProgress(request)}
	if err := f.cfg.Caller(ctx).Allows(s.Name, ""); err != nil {
		return nil, err
	}
	return c, c.lend(ctx)
}

// Text runs the tool of a borrowed call and gives the text of its answer.
func (c *Call) Text(ctx context.Context, arguments map[string]any) (string, error) {
	a, err := c.spec.run(ctx, c, arguments)
	if err != nil {
		return "", err
	}
	return newMarking().apply(Clean(c.withNotes(a.Text))), nil
}

// lend finds who is calling, and their Coda client.
func (c *Call) lend(ctx context.Context) error {
	c.Caller = c.cfg.Caller(ctx)
	c.Coda = c.Caller.Coda
	return c.Caller.account()
}

func (c *Call) run(ctx context.Context) (*Answer, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	arguments, notes, err := arrange(c.request.Params.Arguments, c.spec.params)
	if err != nil {
		return nil, err
	}
	c.notes = notes
	if err := c.lend(ctx); err != nil {
		if a := c.invite(err); a != nil {
			return a, nil
		}
		return nil, err
	}
	if c.arguments, err = c.withBatch(ctx, arguments); err != nil {
		return nil, err
	}
	c.Progress = newProgress(c.request)
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	a, err := c.retryAfterWrite(coda.WithObserver(ctx, c.Progress.observe(ctx)), c.arguments)
	if err != nil {
		return nil, c.keepRefused(ctx, err)
	}
	c.remember(ctx, a)
	return a, nil
}

// Words is what whoever called is told of an error, in so many bytes at most. Nothing in it is marked as text out of
// Coda, and nothing can pass for a mark.
func Words(err error, most int) string {
	return Clip(strings.TrimSpace(defused(Clean(Explain(err)))), most)
}

// Refusal says in words why nothing was done.
func Refusal(err error) *mcp.CallToolResult { return failed(err) }

func failed(err error) *mcp.CallToolResult {
	r := &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: Words(err, mostError)}}}
	r.SetError(err)
	return r
}

func (c *Call) withNotes(text string) string {
	text = strings.TrimRight(text, "\n")
	for _, n := range c.notes {
		text += "\n\nNote: " + n
	}
	return text
}

func (c *Call) result(a *Answer) *mcp.CallToolResult {
	switch {
	case a.ask != nil:
		return a.ask.result()
	case a.outcome != nil:
		return c.written(a.outcome)
	}
	text := newMarking().apply(Clean(c.withNotes(a.Text)))
	if size := Chars(text); size > HardCap {
		return failed(tooLong(size))
	}
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: text}}}
}

// written makes both halves of a write's answer.
func (c *Call) written(o *outcome) *mcp.CallToolResult {
	half, err := o.half(c.spec.outputs(), c.notes)
	if err != nil {
		return failed(err)
	}
	structured, err := Marshal(half)
	if err != nil {
		return failed(err)
	}
	marks := newMarking()
	structured = []byte(marks.apply(string(structured)))
	text, err := c.spec.Say(structured)
	if err != nil {
		return failed(err)
	}
	text = marks.apply(text)
	if size := Chars(text) + Chars(string(structured)); size > HardCap {
		return failed(tooLong(size))
	}
	return &mcp.CallToolResult{
		Content:           []mcp.Content{&mcp.TextContent{Text: strings.TrimRight(text, "\n")}},
		StructuredContent: json.RawMessage(structured),
	}
}

func tooLong(size int) error {
	return Complain("The answer would hold %s characters, more than the %s that one answer may. Ask for less at a time.",
		Thousands(size), Thousands(HardCap))
}
