package kit

import (
	"crypto/rand"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// connectID names the question that leads a person to the page where they connect a Coda account of their own.
const connectID = "connect"

// invite answers somebody without a Coda account who can connect one: the client is asked to open the page for them
// (URL elicitation), where it can do that within a call. nil = the words have to do, which hold the link too. Whoever
// has been asked gets the words: a client says that the page was opened, and never that the person came to an end
// there.
func (c *Call) invite(refused error) *Answer {
	if c.Caller.Connect == "" || !c.canOpenPages() {
		return nil
	}
	if _, asked := c.request.Params.InputResponses[connectID]; asked {
		return nil
	}
	return &Answer{ask: &question{id: connectID, params: &mcp.ElicitParams{Mode: "url", URL: c.Caller.Connect,
		Message: Clean(refused.Error()), ElicitationID: rand.Text()}}}
}

// canOpenPages reports whether the client can lead its person to a page within this call.
func (c *Call) canOpenPages() bool {
	e := c.elicitation()
	return e != nil && e.URL != nil
}
