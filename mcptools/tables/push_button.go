package tables

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func pushButtonTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_push_button", Title: "Push a button", Group: kit.GroupEffects, Overwrites: true, ReachesOut: true,
		Description: "Push a row's button, which runs the action that its column's formula describes: it may change anything in the doc, send mail or call other services. " +
			"The first call shows the action and pushes nothing; call again with confirm once the person agrees. Not for buttons outside tables.",
		Output: []kit.Field{{Name: "button", Kind: kit.KindObject}},
	}, pushButton)
}

type pushButtonInput struct {
	kit.InTable
	Row     string `json:"row" required:"true" doc:"Link, id or display name"`
	Button  string `json:"button" required:"true" doc:"The button's column: name or id"`
	Confirm bool   `json:"confirm" doc:"The person agreed"`
}

type buttonAbout struct {
	Row       string `json:"row"`
	Column    string `json:"column"`
	Label     string `json:"label,omitempty"`
	Action    string `json:"action,omitempty"`
	DisableIf string `json:"disable_if,omitempty"`
}

// statusNotPushed: the button was shown and not pushed.
const statusNotPushed = "not pushed"

func pushButton(ctx context.Context, c *kit.Call, in pushButtonInput) (*kit.Answer, error) {
	target, err := c.Table(ctx, in.Doc, in.Table)
	if err != nil {
		return nil, err
	}
	row, err := c.Row(ctx, target.Doc, target.ID, in.Row)
	if err != nil {
		return nil, err
	}
	column, err := button(ctx, c, target, in.Button)
	if err != nil {
		return nil, err
	}
	about := buttonAbout{Row: row.ID, Column: column.ID, Label: kit.Clip(column.Format.Label, 200), Action: kit.Clip(column.Format.Action, 2000), DisableIf: kit.Clip(column.Format.DisableIf, 500)}
	shown := fmt.Sprintf("The button %s of row %s", kit.Clip(kit.OneLine(column.Name), 100), kit.DescribeTarget(row))
	action := about.Action
	if action == "" {
		action = "(Coda does not tell)"
	}
	switch {
	case c.CanAsk():
		loss := fmt.Sprintf("Push the button %s of row %s? Its action: %s", kit.Clip(kit.OneLine(column.Name), 100), kit.DescribeTarget(row), kit.Clip(kit.OneLine(action), 500))
		if ask, err := c.Confirm(ctx, in, loss); ask != nil || err != nil {
			return ask, err
		}
	case !in.Confirm:
		done := fmt.Sprintf("%s was not pushed yet. Its action:\n%sTell the person what it does; if they agree, make the same call with confirm=true.", shown, kit.Marked(action))
		return kit.Wrote(kit.Written{Status: statusNotPushed}, done, kit.Fact{Name: "button", Value: about}), nil
	}
	m, err := c.Coda.PushButton(ctx, target.Doc, target.ID, row.ID, column.ID)
	if err != nil {
		return nil, err
	}
	w, err := c.Settle(ctx, m)
	if err != nil {
		return nil, err
	}
	return kit.Wrote(w, fmt.Sprintf("%s was pushed. Its action:\n%s", shown, kit.Marked(action)), kit.Fact{Name: "button", Value: about}), nil
}

// button finds a button's column, as it is now: what the action does may have been changed a moment ago.
func button(ctx context.Context, c *kit.Call, target coda.Target, name string) (*coda.Column, error) {
	schema, err := c.Coda.Schema(ctx, target.Doc, target.ID)
	if err != nil {
		return nil, err
	}
	column, err := schema.Column(name)
	var buttons []string
	for _, col := range schema.Columns {
		if col.Format.Type == coda.ColButton {
			buttons = append(buttons, col.Name)
		}
	}
	switch {
	case err != nil && len(buttons) == 0, err == nil && column.Format.Type != coda.ColButton && len(buttons) == 0:
		return nil, kit.Complain("The table has no buttons.")
	case err != nil:
		return nil, kit.Complain("%s The buttons of the table are %s.", kit.Sentence(kit.PlainError(err)), strings.Join(buttons, ", "))
	case column.Format.Type != coda.ColButton:
		return nil, kit.Complain("The column %q holds no buttons but %s. The buttons of the table are %s.", kit.Clip(kit.OneLine(column.Name), 80), column.Format.Type, strings.Join(buttons, ", "))
	}
	return c.Coda.GetColumn(ctx, target.Doc, target.ID, column.ID)
}
