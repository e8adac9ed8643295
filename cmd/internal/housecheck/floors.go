package housecheck

import (
	"fmt"
	"go/ast"
	"strconv"
	"strings"
)

const module = "github.com/bestviable/coda-gateway"

// arrow is an import that must not be: files below the folder From import nothing below To but what Except names.
// Paths of this module begin with a dot.
type arrow struct {
	from, to string
	except   []string
	why      string
}

// forbidden are the floors: imports run down only. The house is drawn in gateway/README.md.
var forbidden = []arrow{
	{"coda", ".", []string{"./coda"}, "the Coda client is a library that stands on nothing of ours"},
	{"coda", "github.com/modelcontextprotocol", nil, "the Coda client knows nothing of MCP"},
	{"coda", "github.com/coreos/go-oidc", nil, "the Coda client knows nothing of who signs in"},
	{"mcptools", ".", []string{"./mcptools", "./coda"}, "tools know Coda, and nothing of the gateway around them"},
	{"mcptools", "net/http", nil, "tools know nothing of HTTP"},
	{"mcptools", "github.com/coreos/go-oidc", nil, "tools know nothing of tokens"},
	{"mcptools", "github.com/go-jose", nil, "tools know nothing of tokens"},
	{"mcptools", "go.yaml.in", nil, "tools read no configuration"},
	{"gateway", ".", []string{"./gateway"}, "the gateway serves any tools with any configuration; cmd puts them together"},
	{"gateway/bearer", ".", nil, "it stands by itself"},
	{"gateway/connect", ".", []string{"./gateway/address", "./gateway/call", "./gateway/connect", "./gateway/state",
		"./gateway/token", "./gateway/ttl"}, "a page beside the endpoint knows nothing of MCP, and of Coda what it is told"},
	{"gateway/edge", ".", []string{"./gateway/address"}, "it stands by itself, but for what addresses are"},
	{"gateway/handshake", ".", []string{"./gateway/handshake", "./gateway/address", "./gateway/bearer",
		"./gateway/provider", "./gateway/token"}, "it looks at a connection from outside"},
	{"gateway/limit", ".", []string{"./gateway/limit"}, "it stands by itself"},
	{"gateway/listener", ".", nil, "it stands by itself"},
	{"gateway/adminpage", ".", []string{"./gateway/call"}, "it draws what others tell it"},
	{"gateway/audit", ".", []string{"./gateway/call"}, "whatever tells of requests is a function over call.Call"},
	{"gateway/metrics", ".", []string{"./gateway/call"}, "whatever tells of requests is a function over call.Call"},
	{"gateway/journal", ".", []string{"./gateway/adminpage", "./gateway/call", "./gateway/handshake", "./gateway/provider",
		"./gateway/token"}, "whatever tells of requests is a function over call.Call"},
	{"gateway/state", ".", nil, "who remembers something sees the store through an interface of their own"},
	{"gateway/trace", ".", []string{"./gateway/call"}, "whatever tells of requests is a function over call.Call"},
	{"gateway/ttl", ".", nil, "it stands by itself"},
	{"gateway/wellknown", ".", nil, "it stands by itself"},
	{"gateway", "go.yaml.in", nil, "the gateway reads no configuration"},
	{"config", ".", []string{"./config", "./gateway", "./coda/near"}, "a configuration becomes values of the gateway's " +
		"packages, and nothing of what runs"},
	{"coda/aged", ".", nil, "it is about time, and knows nothing of Coda"},
	{"coda/near", ".", nil, "it is about names, and others than Coda have some"},
	{"config", "github.com/modelcontextprotocol", nil, "a configuration knows nothing of MCP"},
	{"deploy", ".", nil, "what puts parts of the gateway together lives in cmd"},
}

// floors finds imports that run up.
func floors(s *Source) []Finding { return against(s, forbidden) }

func against(s *Source, arrows []arrow) []Finding {
	var out []Finding
	for _, f := range s.Go {
		if f.Test {
			continue // a test may bring whatever it takes
		}
		for _, spec := range f.parse.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				continue
			}
			for _, a := range arrows {
				if below(f.Name, a.from) && a.forbids(imported) {
					out = append(out, Finding{f.Name, f.fset.Position(spec.Pos()).Line, fmt.Sprintf("%s must not import %s: %s",
						a.from, short(imported), a.why)})
				}
			}
		}
	}
	return out
}

func (a arrow) forbids(imported string) bool {
	if !below(imported, long(a.to)) {
		return false
	}
	for _, e := range a.except {
		if below(imported, long(e)) {
			return false
		}
	}
	return true
}

// oneDoor finds places of the gateway that ask the policy beside the door: what is asked in two places is answered in
// two ways sooner or later.
func oneDoor(s *Source) []Finding {
	var out []Finding
	for _, f := range s.Go {
		if f.Test || !below(f.Name, "gateway") || below(f.Name, "gateway/admit") || below(f.Name, "gateway/access") {
			continue
		}
		ast.Inspect(f.parse, func(n ast.Node) bool {
			if called, ok := n.(*ast.SelectorExpr); ok && called.Sel.Name == "Decide" {
				out = append(out, Finding{f.Name, f.fset.Position(n.Pos()).Line,
					"only gateway/admit asks the policy; have it decide"})
			}
			return true
		})
	}
	return out
}

// below tells whether a path is the folder or in it.
func below(name, folder string) bool { return name == folder || strings.HasPrefix(name, folder+"/") }

func long(name string) string {
	if rest, ok := strings.CutPrefix(name, "."); ok {
		return module + rest
	}
	return name
}

func short(name string) string {
	if rest, ok := strings.CutPrefix(name, module+"/"); ok {
		return rest
	}
	return name
}
