package mcptools

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/bestviable/coda-gateway/coda"
)

// Docs, pages and tables can be attached to a conversation as resources. Their URIs hold ids or names,
// percent-encoded, and reading one gives what the corresponding tool would, under the rule of that tool.
const (
	docURI   = "coda://docs/{doc}"
	pageURI  = "coda://docs/{doc}/pages/{page}"
	tableURI = "coda://docs/{doc}/tables/{table}"
)

const (
	// listedResources bounds the docs that a listing shows: the ones used last.
	listedResources = 50
	// listedRows bounds the rows of a table's resource.
	listedRows = 100
)

// ToolForResource names the tool whose rule decides who may read a resource or, with a template of [Config]'s
// server, may complete its variables; empty for URIs of another kind.
func ToolForResource(uri string) string {
	switch r, err := parseResource(uri); {
	case err != nil:
		return ""
	case r.page != "":
		return "coda_read_page"
	case r.table != "":
		return "coda_query_rows"
	default:
		return "coda_get_doc"
	}
}

// resourceRef is what a resource's URI names.
type resourceRef struct{ doc, page, table string }

func parseResource(uri string) (resourceRef, error) {
	path, ok := strings.CutPrefix(uri, "coda://docs/")
	parts := strings.Split(path, "/")
	if !ok || len(parts) != 1 && len(parts) != 3 || len(uri) > 2048 {
		return resourceRef{}, errForeignURI
	}
	for i, part := range parts {
		decoded, err := url.PathUnescape(part)
		if err != nil || strings.TrimSpace(decoded) == "" {
			return resourceRef{}, errForeignURI
		}
		parts[i] = decoded
	}
	r := resourceRef{doc: parts[0]}
	if len(parts) == 1 {
		return r, nil
	}
	switch parts[1] {
	case "pages":
		r.page = parts[2]
	case "tables":
		r.table = parts[2]
	default:
		return resourceRef{}, errForeignURI
	}
	return r, nil
}

var errForeignURI = errors.New("the resources of this server are " + docURI + ", " + pageURI + " and " + tableURI)

func (h *handler) addResources(server *mcp.Server) {
	for _, t := range []*mcp.ResourceTemplate{
		{URITemplate: docURI, Name: "doc", Title: "Outline of a doc", Description: "Its pages, tables, formulas and " +
			"controls", MIMEType: "text/markdown"},
		{URITemplate: pageURI, Name: "page", Title: "Text of a page", Description: "The beginning of a page as Markdown",
			MIMEType: "text/markdown"},
		{URITemplate: tableURI, Name: "table", Title: "Rows of a table or view",
			Description: "The first rows as a Markdown table", MIMEType: "text/markdown"},
	} {
		server.AddResourceTemplate(t, h.readResource)
	}
	server.AddReceivingMiddleware(h.listResources)
}

// readResource gives the text that the corresponding tool would.
func (h *handler) readResource(
	ctx context.Context,
	request *mcp.ReadResourceRequest,
) (*mcp.ReadResourceResult, error) {
	r, err := parseResource(request.Params.URI)
	if err != nil {
		return nil, mcp.ResourceNotFoundError(request.Params.URI)
	}
	tool := ToolForResource(request.Params.URI)
	c, err := h.borrow(ctx, tool, request.Session)
	if err != nil {
		return nil, protocolError(err)
	}
	doc, err := c.DocID(ctx, r.doc)
	if err == nil {
		if err = c.Caller.Allows(tool, doc); errors.Is(err, coda.ErrAbsent) {
			err = nil // Coda says so, as of every doc that is not there
		}
	}
	if err != nil {
		return nil, protocolError(err)
	}
	arguments := map[string]any{"doc": doc}
	switch {
	case r.page != "":
		arguments["page"] = r.page
	case r.table != "":
		arguments["table"], arguments["limit"] = r.table, int64(listedRows)
	}
	text, err := c.Text(ctx, arguments)
	if err != nil {
		return nil, protocolError(err)
	}
	return &mcp.ReadResourceResult{
		Contents: []*mcp.ResourceContents{{URI: request.Params.URI, MIMEType: "text/markdown", Text: text}},
	}, nil
}

// borrow makes a call that was not made by name: allowed by the rule of the tool that would do the same.
func (h *handler) borrow(ctx context.Context, tool string, session *mcp.ServerSession) (*kit.Call, error) {
	return h.frame.Borrow(ctx, h.tools[tool], session)
}

// protocolError carries a sentence to the client, which shows it to its person: resources have no other way to fail.
func protocolError(err error) error {
	return &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: kit.Words(err, 1000)}
}

// listResources answers resources/list with the docs used last, since the SDK knows only resources that are the
// same for all.
func (h *handler) listResources(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, request mcp.Request) (mcp.Result, error) {
		result, err := next(ctx, method, request)
		list, ok := result.(*mcp.ListResourcesResult)
		if !ok || err != nil {
			return result, err
		}
		session, _ := request.GetSession().(*mcp.ServerSession)
		c, err := h.borrow(ctx, "coda_find_docs", session)
		if err != nil {
			return list, nil // nothing to see is not an error
		}
		page, err := c.Coda.ListDocsPage(
			ctx,
			coda.ListDocsOptions{ListOptions: coda.ListOptions{PageSize: listedResources}},
		)
		if err != nil {
			return list, nil
		}
		for i, d := range page.Items {
			if i == listedResources {
				break
			}
			list.Resources = append(list.Resources, &mcp.Resource{
				URI: "coda://docs/" + url.PathEscape(
					d.ID,
				), Name: d.ID, Title: kit.Clip(kit.OneLine(d.Name), 200), MIMEType: "text/markdown",
				Description: fmt.Sprintf("Outline of the doc, updated %s", kit.Day(d.UpdatedAt)),
			})
			c.Shows(d.ID)
		}
		c.Told(ctx)
		return list, nil
	}
}
