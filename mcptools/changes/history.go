package changes

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/mcptools/kit"
)

func historyTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: kit.HistoryTool, Title: "My changes", Group: kit.GroupRead,
		Description: "List what you changed here recently, when and where. coda_undo takes it back.",
	}, history)
}

type historyInput struct {
	Doc   string `json:"doc"`
	Limit int    `json:"limit" min:"1" max:"200"`
}

// listedByDefault is how many changes are listed where no limit is given.
const listedByDefault = 20

func history(ctx context.Context, c *kit.Call, in historyInput) (*kit.Answer, error) {
	if c.KeepsFor() <= 0 {
		return nil, kit.Complain("This server keeps no record of changes (state.keep is 0). Coda keeps versions of a doc " +
			"(version history).")
	}
	doc, err := c.Within(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	list, err := c.OwnChanges(ctx, doc)
	if err != nil {
		return nil, err
	}
	kept := fmt.Sprintf("the last %s, as far as there is room", kit.Span(c.KeepsFor()))
	if len(list) == 0 {
		return &kit.Answer{Text: fmt.Sprintf("No changes of yours are kept. This server keeps those of %s.", kept)}, nil
	}
	if in.Limit == 0 {
		in.Limit = listedByDefault
	}
	var b strings.Builder
	for _, ch := range list[:min(len(list), in.Limit)] {
		fmt.Fprintf(&b, "- %s\n", line(&ch))
	}
	head := fmt.Sprintf("%s through this server in %s, newest first:\n", kit.Plural(len(list), "change"), kept)
	text := head + kit.Marked(b.String())
	if more := len(list) - in.Limit; more > 0 {
		text += fmt.Sprintf("%d more are older; limit shows up to 200.\n", more)
	}
	return &kit.Answer{Text: text}, nil
}

// line tells of one change.
func line(ch *kit.OwnChange) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s", ch.ID, ch.At.UTC().Format(time.DateOnly+" 15:04")+" UTC", ch.Tool)
	if ch.Undoes != "" {
		fmt.Fprintf(&b, ", took back %s", ch.Undoes)
		if ch.By != "" {
			fmt.Fprintf(&b, " (%s did)", kit.Short(ch.By, 60))
		}
	}
	what := strings.TrimRight(kit.Short(ch.What, 200), ".")
	if what != "" {
		fmt.Fprintf(&b, ": %s", what)
	}
	if where := ch.Where(); where != "" && !ch.Tells(what) {
		fmt.Fprintf(&b, " in %s", kit.Short(where, 300))
	}
	if !ch.Ended {
		b.WriteString("; the call ended before its effect was known")
	}
	switch {
	case ch.Refused == "":
		b.WriteString(". Can be taken back.")
	default:
		fmt.Fprintf(&b, ". Cannot be taken back: %s.", ch.Refused)
	}
	return b.String()
}
