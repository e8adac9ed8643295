package mcptools

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda/near"
	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// prompt is a task that people reach for, worded once.
type prompt struct {
	name, title, description string
	arguments                []*mcp.PromptArgument
	// text is what the person says; %s stand for the arguments in order.
	text string
}

func prompts() []prompt {
	doc := &mcp.PromptArgument{Name: "doc", Title: "Doc", Description: "Link, id or name", Required: true}
	table := &mcp.PromptArgument{
		Name:        "table",
		Title:       "Table",
		Description: "Table or view: link, id or name",
		Required:    true,
	}
	return []prompt{
		{
			name: "summarise_doc", title: "Summarise a doc", description: "What a doc is for and what it says, page by page",
			arguments: []*mcp.PromptArgument{doc},
			text: "Summarise the Coda doc %s. Outline it with coda_get_doc first, then read the pages that matter with " +
				"coda_read_page, and look at tables with coda_query_rows where a page is about them. " +
				"Begin with three sentences on what the doc is for and where it stands, then one line per important page " +
				"with its link, then open questions and decisions that you found. Say which pages you did not read.",
		},
		{
			name: "explain_doc", title: "Explain a doc's structure", description: "How its pages and tables hang together",
			arguments: []*mcp.PromptArgument{doc},
			text: "Explain how the Coda doc %s is built, to somebody who is new to it. Use coda_get_doc, and " +
				"coda_describe_table for each base table. " +
				"Tell what each table holds, how tables relate to each other, which views show what, which columns are " +
				"calculated and how, and which buttons do something. Point out what looks unfinished or duplicated. " +
				"Change nothing.",
		},
		{
			name: "notes_to_rows", title: "Turn notes into rows", description: "Enters what notes say into a table",
			arguments: []*mcp.PromptArgument{
				doc,
				table,
				{Name: "notes", Title: "Notes", Description: "The notes, or a page that holds them", Required: true},
			},
			text: "Turn notes into rows of a table in the Coda doc %s, table %s. Look at the table with " +
				"coda_describe_table first, and use its columns, options and related rows as they are. " +
				"Show me the rows that you would add as a table, and what in the notes you could not place. When I agree, " +
				"add them all with one call of coda_upsert_rows. The notes:\n\n%s",
		},
		{
			name: "weekly_digest", title: "Weekly digest of a table", description: "What changed and what is due",
			arguments: []*mcp.PromptArgument{doc, table},
			text: "Write a digest of the last seven days for a table in the Coda doc %s, table %s. Use " +
				"coda_describe_table to see which columns show state, owner and date, and coda_query_rows sorted by updated " +
				"and filtered by date. " +
				"Tell what is new, what was finished, what is overdue and who has to act, in under 250 words, with links to " +
				"rows (the table's link, /_ru and the row's id make one). Coda does not say which cell changed, so do not " +
				"guess.",
		},
		{
			name: "clean_up_table", title: "Clean up a table", description: "Finds duplicates, gaps and odd values, and " +
				"fixes them on request",
			arguments: []*mcp.PromptArgument{doc, table},
			text: "Look for what is wrong in a table of the Coda doc %s, table %s: duplicate rows, empty cells where most " +
				"have a value, spellings that differ, dates and numbers that cannot be right, relations that lead nowhere. " +
				"Read with coda_describe_table and coda_query_rows. List what you found with row ids and what you would " +
				"change. Change nothing until I agree; then use coda_update_rows, and keep its undo rows at hand. Delete " +
				"rows only if I say so.",
		},
	}
}

func addPrompts(server *mcp.Server) {
	for _, p := range prompts() {
		server.AddPrompt(
			&mcp.Prompt{Name: p.name, Title: p.title, Description: p.description, Arguments: p.arguments},
			p.get,
		)
	}
}

// longestArgument bounds what is put into a prompt.
const longestArgument = 50_000

func (p prompt) get(_ context.Context, request *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
	values := make([]any, len(p.arguments))
	for i, argument := range p.arguments {
		value := strings.TrimSpace(request.Params.Arguments[argument.Name])
		if value == "" && argument.Required {
			return nil, protocolError(
				kit.Complain("The prompt %s needs the argument %q: %s.", p.name, argument.Name, argument.Description),
			)
		}
		if argument.Name != "notes" {
			value = near.Sprintf("%q", kit.Clip(kit.OneLine(value), 2000))
		}
		values[i] = kit.Clip(kit.Clean(value), longestArgument)
	}
	return &mcp.GetPromptResult{
		Description: p.description,
		Messages:    []*mcp.PromptMessage{{Role: "user", Content: &mcp.TextContent{Text: fmt.Sprintf(p.text, values...)}}},
	}, nil
}
