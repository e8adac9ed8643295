package mcptools

import (
	"context"
	"slices"

	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// Change is what a call changed, as [Config.Changes] keeps it.
type Change = kit.Change

// TakeBack takes back a change of the caller of cfg, as coda_undo does, for somebody who administers the server and has
// decided it: nobody is asked any more. It tells what was done in words.
func TakeBack(ctx context.Context, cfg Config, id string) (Result, string, error) {
	all := specs()
	frame := kit.NewFrame(kit.FrameConfig{Caller: cfg.Caller, Changes: cfg.Changes, Tools: all, Ended: cfg.Ended,
		Timeout: cfg.Timeout, WriteWait: cfg.WriteWait})
	undo := all[slices.IndexFunc(all, func(s kit.Spec) bool { return s.Name == kit.UndoTool })]
	return frame.TakeBackFor(ctx, undo, id)
}
