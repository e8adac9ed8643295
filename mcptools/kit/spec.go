package kit

import (
	"context"
	"reflect"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// The groups of tools, from harmless to powerful.
const (
	GroupRead        = "read"
	GroupWrite       = "write"
	GroupDestructive = "destructive"
	// GroupEffects is for what runs something that a doc defines, such as a button: it may do anything.
	GroupEffects = "effects"
	GroupAdmin   = "admin"
)

// Spec is what there is to say of a tool, and its handler.
type Spec struct {
	Name        string // ≤ 64 characters of a-z, 0-9 and _
	Title       string
	Description string // one paragraph; its first sentence stands alone in tables
	Group       string
	Set         string // Of the optional ones; empty = core
	Output      []Field
	// Overwrites says of a write that it can replace or remove what was there.
	Overwrites bool
	// Repeatable says that the same call again changes nothing more.
	Repeatable bool
	// Long says that an answer can be long, which Claude Code has to be told.
	Long bool
	// LooksOnly says of a tool in the admin group that it changes nothing; those in the read group never do.
	LooksOnly bool
	// ReachesOut says that the tool can cause things outside Coda, such as mail or a button's action.
	ReachesOut bool

	// TakeBack takes back a change that the tool made; nil = that cannot be done, and Lasting says why. Remover is the
	// tool whose rules hold too where that does what it does: removes what was added, or gives back what was withdrawn.
	TakeBack func(ctx context.Context, c *Call, change *Change) (*Answer, error)
	Remover  string
	Lasting  string

	params []param
	run    func(ctx context.Context, c *Call, arguments map[string]any) (*Answer, error)
}

// Tool completes a spec with a handler that takes its arguments as a struct; its fields are the tool's parameters, see
// parametersOf.
func Tool[In any](s Spec, run func(ctx context.Context, c *Call, in In) (*Answer, error)) Spec {
	s.params = parametersOf(reflect.TypeFor[In]())
	s.run = func(ctx context.Context, c *Call, arguments map[string]any) (*Answer, error) {
		var in In
		fill(reflect.ValueOf(&in).Elem(), s.params, arguments)
		return run(ctx, c, in)
	}
	return s
}

// Changes reports whether the tool can change anything.
func (s Spec) Changes() bool { return s.Group != GroupRead && !s.LooksOnly }

// Tool makes the SDK's form of the spec. Schemas are marshalled once here, since the SDK would do it for every listing.
func (s Spec) Tool(scopes []string) *mcp.Tool {
	readOnly := !s.Changes()
	destructive := s.Group == GroupDestructive || s.Overwrites
	open := s.ReachesOut
	scheme := map[string]any{"type": "oauth2"}
	if len(scopes) > 0 {
		scheme["scopes"] = scopes
	}
	// The tool list has no field for securitySchemes in any revision; ChatGPT reads this mirror of it.
	meta := mcp.Meta{"securitySchemes": []any{scheme}}
	if s.Long {
		meta["anthropic/maxResultSizeChars"] = HardCap
	}
	return &mcp.Tool{
		Meta:         meta,
		Name:         s.Name,
		Title:        s.Title,
		Description:  s.Description,
		InputSchema:  s.inputSchema(),
		OutputSchema: s.outputSchema(),
		Annotations: &mcp.ToolAnnotations{
			ReadOnlyHint: readOnly, DestructiveHint: &destructive, IdempotentHint: readOnly || s.Repeatable,
			OpenWorldHint: &open,
		},
	}
}

// Summary is the description's first sentence.
func (s Spec) Summary() string {
	first, _, _ := strings.Cut(s.Description, ". ")
	return strings.TrimSuffix(first, ".") + "."
}
