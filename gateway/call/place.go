package call

// Place is what a path stands for, in one word of a closed list.
type Place string

// The places.
const (
	// AtMCP is the MCP endpoint.
	AtMCP Place = "mcp"
	// AtResource is the protected-resource metadata, wherever it is served.
	AtResource Place = "resource_metadata"
	// AtServer is where clients look for an authorization server's metadata, which is not here.
	AtServer Place = "server_metadata"
	// AtEndpoints is where clients look for an authorization server's endpoints, where they found no metadata.
	AtEndpoints Place = "server_endpoints"
	// AtPage is a page for people.
	AtPage Place = "page"
	// AtConnect is where people bring their own Coda token.
	AtConnect Place = "connect"
	// Elsewhere is every other path.
	Elsewhere Place = "elsewhere"
)
