// Package mcptools is the Coda tool set as an MCP server.
//
// Its tools are intents, not endpoints: a person wants to find a doc, read a page, ask a table something, write
// some rows, and each of these is one call whatever number of API requests it takes. References are pasted links,
// ids or names; arguments are taken generously and meant strictly; answers are compact text, bounded and saying how
// to go on; those of writes have a small structured half too, which says the same; writes wait until Coda has
// applied them and say so when they could not see it; what destroys asks first where the client can ask.
//
// The tools live in rooms: docs, pages and tables hold the core, sets what few need. Each tool has a file of its
// own, named after it, with its specification, its arguments and its handler side by side. The frame around them is
// kit: it reads arguments, runs calls and words what went wrong. Here is what makes a server of them: [New],
// [Catalogue] for access rules, resources, prompts and completion.
//
// The package knows nothing of HTTP or of tokens. Who is calling and with which Coda client comes from the context,
// through [Config].Caller; whether they may call a tool is decided before a call gets here.
package mcptools
