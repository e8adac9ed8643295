package changes

import (
	"context"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"
)

func undoTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: kit.UndoTool, Title: "Undo a change", Group: kit.GroupWrite, Overwrites: true,
		Description: "Take back one of your changes, even an undo. What others changed since stays and is reported.",
	}, undo)
}

type undoInput struct {
	ID string `json:"id" doc:"From the change's answer or coda_history; default last"`
	kit.Asked
}

func undo(ctx context.Context, c *kit.Call, in undoInput) (*kit.Answer, error) {
	return c.TakeBack(ctx, strings.TrimSpace(in.ID))
}
