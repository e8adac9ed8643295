package mcptools

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
)

func pushButtonTool() spec {
	return handle(spec{
		name: "coda_push_button", title: "Push a button", group: groupWrite, overwrites: true, reachesOut: true,
		description: "Push a row's button, which runs the action that its column's formula describes: it may change anything in the doc, send mail or call other services. " +
			"The first call shows the action and pushes nothing; call again with confirm once the person agrees. Not for buttons outside tables.",
		params: []param{
			tableParam(), docParam(false),
			{name: "row", description: "Link, id or display name", required: true},
			{name: "button", description: "The button's column: name or id", required: true},
			{name: "confirm", kind: kindBoolean, description: "The person agreed"},
		},
		output: writeOutput(field{"button", kindObject, true, "row column label action"}),
	}, pushButton)
}

type pushButtonInput struct {
	Table   string `json:"table"`
	Doc     string `json:"doc"`
	Row     string `json:"row"`
	Button  string `json:"button"`
	Confirm bool   `json:"confirm"`
}

type buttonPushed struct {
	written
	Button buttonAbout `json:"button"`
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

func pushButton(ctx context.Context, c *call, in pushButtonInput) (*answer, error) {
	target, err := c.table(ctx, in.Doc, in.Table)
	if err != nil {
		return nil, err
	}
	row, err := c.row(ctx, target.Doc, target.ID, in.Row)
	if err != nil {
		return nil, err
	}
	column, err := c.button(ctx, target, in.Button)
	if err != nil {
		return nil, err
	}
	about := buttonAbout{Row: row.ID, Column: column.ID, Label: clip(column.Format.Label, 200), Action: clip(column.Format.Action, 2000), DisableIf: clip(column.Format.DisableIf, 500)}
	shown := fmt.Sprintf("The button %s of row %s", clip(oneLine(column.Name), 100), describeTarget(row))
	action := about.Action
	if action == "" {
		action = "(Coda does not tell)"
	}
	switch {
	case c.canAsk():
		loss := fmt.Sprintf("Push the button %s of row %s? Its action: %s", clip(oneLine(column.Name), 100), describeTarget(row), clip(oneLine(action), 500))
		if ask, err := c.confirm(ctx, in, loss); ask != nil || err != nil {
			return ask, err
		}
	case !in.Confirm:
		return &answer{
			text: fmt.Sprintf("%s was not pushed yet. Its action:\n%sTell the person what it does; if they agree, make the same call with confirm=true.", shown, marked(action)),
			data: buttonPushed{written{Status: statusNotPushed}, about},
		}, nil
	}
	m, err := c.coda.PushButton(ctx, target.Doc, target.ID, row.ID, column.ID)
	if err != nil {
		return nil, err
	}
	w, err := c.settle(ctx, m)
	if err != nil {
		return nil, err
	}
	return &answer{text: fmt.Sprintf("%s was pushed. Its action:\n%s%s", shown, marked(action), w.text()), data: buttonPushed{w, about}}, nil
}

// button finds a button's column, as it is now: what the action does may have been changed a moment ago.
func (c *call) button(ctx context.Context, target coda.Target, name string) (*coda.Column, error) {
	schema, err := c.coda.Schema(ctx, target.Doc, target.ID)
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
		return nil, complain("The table has no buttons.")
	case err != nil:
		return nil, complain("%s The buttons of the table are %s.", sentence(plainError(err)), strings.Join(buttons, ", "))
	case column.Format.Type != coda.ColButton:
		return nil, complain("The column %q holds no buttons but %s. The buttons of the table are %s.", clip(oneLine(column.Name), 80), column.Format.Type, strings.Join(buttons, ", "))
	}
	return c.coda.GetColumn(ctx, target.Doc, target.ID, column.ID)
}
