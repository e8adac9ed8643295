package mcptools

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/coda/aged"
	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// Caller is who makes a call, and what is lent to them for it.
type Caller = kit.Caller

// Result is what a call did, for whoever keeps records of calls.
type Result = kit.Result

// Memory is what calls leave behind for later ones.
type Memory = kit.Memory

// NewMemory is empty.
func NewMemory() *Memory { return kit.NewMemory() }

// Same makes everybody the same caller, for programs that serve one person.
func Same(caller Caller) func(context.Context) Caller { return kit.Same(caller) }

// Config shapes the server. Caller is required.
type Config struct {
	// Caller tells who makes a call, by what the context holds of them.
	Caller func(ctx context.Context) Caller
	// Options are the server's, copied; Instructions and CompletionHandler are set by this package. nil = the
	// SDK's defaults without logging.
	Options *mcp.ServerOptions
	// Version is the version that the server tells clients; "dev" by default.
	Version string
	// Sets names the optional tool sets to switch on beside the core; see [Sets].
	Sets []string
	// Scopes names the OAuth scopes that a tool's group needs, for the securitySchemes that some clients read from the
	// tool list. Without them the schemes say oauth2 and name no scope.
	Scopes map[string][]string
	// StateKeys sign what a client carries between the asking for a confirmation and its answer: the first one signs, all
	// are understood. They should be 32 random bytes or more each, the same in all replicas. None = a random one, so that
	// only this server understands the answer.
	StateKeys [][]byte
	// Claim makes a consent count once among several replicas: it is true for the first that claims a key within its
	// life, and an error where that cannot be known, upon which nothing is done. nil = consents are remembered in this
	// process.
	Claim func(ctx context.Context, key string, life time.Duration) (bool, error)
	// Batches keeps refused calls for the people who made them, so that they need not send everything again. nil = in
	// this process.
	Batches kit.Batches
	// Changes keeps what calls changed, so that it can be taken back. nil = in this process, for a day.
	Changes kit.Changes
	// Memory is what calls leave behind for later ones, such as consents that were used. Servers that follow each other
	// share one. nil = the server's own.
	Memory *Memory
	// Ended is told what each call of a tool did, once it has ended, for whoever keeps records of calls. It holds nothing
	// of the arguments and nothing out of documents but ids. nil = nobody is.
	Ended func(ctx context.Context, r Result)
	// WriteWait is how long a write waits until Coda has applied it. 0 = 45 s.
	WriteWait time.Duration
	// Timeout bounds a call as a whole, waiting for Coda's budgets included. Claude gives up after 240 s. 0 = 200 s.
	Timeout time.Duration
}

//go:embed instructions.md
var instructions string

// New makes the server.
func New(cfg Config) (*mcp.Server, error) {
	if cfg.Caller == nil {
		return nil, errors.New("mcptools: Config.Caller is needed")
	}
	specs, err := selected(cfg.Sets)
	if err != nil {
		return nil, err
	}
	options := mcp.ServerOptions{Capabilities: &mcp.ServerCapabilities{}}
	if cfg.Options != nil {
		options = *cfg.Options
	}
	h := &handler{
		frame: kit.NewFrame(kit.FrameConfig{
			Caller: cfg.Caller, StateKeys: cfg.StateKeys, Memory: cfg.Memory, Claim: cfg.Claim, Batches: cfg.Batches,
			Changes: cfg.Changes, Tools: specs,
			WriteWait: cfg.WriteWait, Timeout: cfg.Timeout, Ended: cfg.Ended,
		}),
		tools:       make(map[string]kit.Spec, len(specs)),
		sets:        make(map[string]string),
		completions: aged.New[completionKey, []offer](completionLists),
	}
	options.CompletionHandler = h.complete
	options.Instructions = strings.TrimSpace(instructions)
	brief := mcp.Implementation{Name: "coda-gateway", Title: "Coda", Version: cmp.Or(cfg.Version, "dev")}
	server := mcp.NewServer(&brief, &options)
	for _, t := range Catalogue(Sets()...) {
		if t.Set != "" {
			h.sets[t.Name] = t.Set
		}
	}
	for _, s := range specs {
		h.tools[s.Name] = s
		server.AddTool(s.Tool(cfg.Scopes[s.Group]), h.frame.Serve(s))
	}
	server.AddReceivingMiddleware(h.unknownTools, introduces(introduced(brief)))
	addPrompts(server)
	h.addResources(server)
	return server, nil
}

// handler holds what resources and completion need.
type handler struct {
	frame *kit.Frame
	// tools are those that are switched on, and sets say of the others which set they belong to.
	tools       map[string]kit.Spec
	sets        map[string]string
	completions *aged.Cache[completionKey, []offer]
}

// Tool names a tool for access rules and documentation.
type Tool struct {
	// Name is the tool's name, such as coda_read_page.
	Name string
	// Title is its name for people.
	Title string
	// Group is its kind: read, write, destructive, effects or admin.
	Group string
	// Set is the optional tool set that it belongs to; empty for the core.
	Set string
	// Summary is the first sentence of its description.
	Summary string
	// Changes tells that it can change something.
	Changes bool
}

// Catalogue lists the core tools and those of the named optional sets, sorted by name. Unknown sets are passed
// over; [New] refuses them.
func Catalogue(sets ...string) []Tool {
	var tools []Tool
	for _, s := range specs() {
		if s.Set == "" || slices.Contains(sets, s.Set) {
			tools = append(tools, Tool{Name: s.Name, Title: s.Title, Group: s.Group, Set: s.Set, Summary: s.Summary(),
				Changes: s.Changes()})
		}
	}
	return tools
}

// Sets lists the optional tool sets by name, sorted.
func Sets() []string {
	var sets []string
	for _, s := range specs() {
		if s.Set != "" && !slices.Contains(sets, s.Set) {
			sets = append(sets, s.Set)
		}
	}
	slices.Sort(sets)
	return sets
}

func selected(sets []string) ([]kit.Spec, error) {
	known := Sets()
	for _, set := range sets {
		if !slices.Contains(known, set) {
			return nil, fmt.Errorf(
				"mcptools: there is no tool set %q.%s The sets are %s",
				set,
				kit.DidYouMean(set, known),
				cmp.Or(strings.Join(known, ", "), "none"),
			)
		}
	}
	return slices.DeleteFunc(specs(), func(s kit.Spec) bool { return s.Set != "" && !slices.Contains(sets, s.Set) }), nil
}
