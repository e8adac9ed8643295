package tables

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

func pushButtonTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_push_button", Title: "Push a button", Group: kit.GroupEffects, Overwrites: true, ReachesOut: true,
		Lasting: "it may have set off anything, in Coda and elsewhere",
		Description: "Push the button of a row or several, which runs its column's action: it may change anything in the " +
			"doc, send mail or call other services. The first call only shows the action; once the person agrees, call again " +
			"with its confirm.",
		Output: []kit.Field{
			{Name: "button", Kind: kit.KindObject, Content: true}, {Name: "pushed", Kind: kit.KindStrings},
		},
	}, pushButton)
}

type pushButtonInput struct {
	kit.InTable
	Rows   []string `json:"row" required:"true" doc:"One or several: link, id or name"`
	Button string   `json:"button" required:"true"`
	kit.Asked
}

type buttonAbout struct {
	Column    string   `json:"column"`
	Rows      []string `json:"rows"`
	Label     string   `json:"label,omitempty"`
	Action    string   `json:"action,omitempty"`
	DisableIf string   `json:"disable_if,omitempty"`
}

const (
	// statusNotPushed: the button was shown and not pushed.
	statusNotPushed = "not pushed"
	// mostPushes bounds the rows of one call.
	mostPushes = 50
)

func pushButton(ctx context.Context, c *kit.Call, in pushButtonInput) (*kit.Answer, error) {
	within := newDeadline()
	if len(in.Rows) == 0 || len(in.Rows) > mostPushes {
		return nil, kit.Complain(`"row" must name 1 to %d rows, not %d.`, mostPushes, len(in.Rows))
	}
	target, err := c.Table(ctx, in.Doc, in.Table)
	if err != nil {
		return nil, err
	}
	rows, err := resolveRows(ctx, c, target, in.Rows)
	if err != nil {
		return nil, err
	}
	rows = once(rows)
	column, err := button(ctx, c, target, in.Button)
	if err != nil {
		return nil, err
	}
	about := buttonAbout{Column: column.ID, Label: column.Format.Label, Action: column.Format.Action,
		DisableIf: column.Format.DisableIf}
	for _, row := range rows {
		about.Rows = append(about.Rows, row.ID)
	}
	target = c.Named(ctx, target)
	what, act := describePush(ctx, c, target, column, rows, about)
	ask, err := c.Consent(ctx, kit.Act{Text: act, Undone: statusNotPushed}, kit.Fact{Name: "button", Value: about})
	if ask != nil || err != nil {
		return ask, err
	}
	return push(ctx, c, target, column, about, what, within)
}

// describePush names the button and says what pushing it does, whole: the person agrees to this text.
func describePush(ctx context.Context, c *kit.Call, target coda.Target, column *coda.Column, rows []coda.Target,
	about buttonAbout) (what, act string) {
	button := kit.DescribeTarget(coda.Target{ID: column.ID, Name: column.Name})
	what = fmt.Sprintf("The button %s of row %s", button, kit.DescribeTarget(rows[0]))
	if len(rows) > 1 {
		what = fmt.Sprintf("The button %s of %s", button, kit.Plural(len(rows), "row"))
	}
	var b strings.Builder
	b.WriteString(kit.Question("Push this button?", kit.Thing{What: "Button", Name: column.Name + " (" + column.ID + ")"},
		kit.Thing{What: "Table", Name: kit.DescribeTarget(target)},
		kit.Thing{What: "Doc", Name: c.DescribeDoc(ctx, target.Doc)}) + "\nRows:\n")
	for _, row := range rows {
		fmt.Fprintf(&b, "- %s\n", kit.DescribeTarget(row))
	}
	for _, part := range []kit.Thing{
		{What: "Label", Name: about.Label}, {What: "Disabled if", Name: about.DisableIf, Lines: true},
		{What: "Action", Name: cmp.Or(about.Action, "(Coda does not say)"), Lines: true},
	} {
		if part.Name != "" {
			b.WriteString(part.String() + "\n")
		}
	}
	return what, b.String()
}

// push pushes the rows' buttons one after the other. Coda takes three in ten seconds.
func push(ctx context.Context, c *kit.Call, target coda.Target, column *coda.Column, about buttonAbout, what string,
	within deadline) (*kit.Answer, error) {
	var pushed []string
	var mutations []coda.Mutation
	var failure error
	for i, row := range about.Rows {
		if i > 0 && within.over() {
			break
		}
		m, err := c.Coda.PushButton(ctx, target.Doc, target.ID, row, column.ID)
		if failure = err; err != nil {
			break
		}
		mutations = append(mutations, m)
		pushed = append(pushed, row)
	}
	if failure != nil && len(pushed) == 0 {
		return nil, failure
	}
	w, err := within.settle(ctx, c, mutations...)
	if err != nil {
		return nil, err
	}
	left := about.Rows[len(pushed):]
	place := fmt.Sprintf(" in table %s of doc %s", kit.DescribeTarget(target), c.DescribeDoc(ctx, target.Doc))
	done := what + place + " was pushed."
	if len(left) > 0 {
		w.Status = statusPartial
		done = fmt.Sprintf("The button %s was pushed in %d of %s%s.%s", kit.Clip(kit.OneLine(column.Name), 100), len(pushed),
			kit.Plural(len(about.Rows), "row"), place, stoppedPushing(left, failure))
	}
	w.Effect, w.Rows = kit.Effect{Triggered: len(pushed)}, pushed
	return kit.Wrote(w, done, kit.Fact{Name: "button", Value: about}, kit.Fact{Name: "pushed", Value: pushed}), nil
}

// stoppedPushing says why not all rows' buttons were pushed.
func stoppedPushing(left []string, failure error) string {
	var text string
	switch {
	case errors.Is(failure, coda.ErrFateUnknown):
		text = fmt.Sprintf(" Whether it was pushed in row %s is not known: %s", left[0], explainInner(failure))
		left = left[1:]
	case failure != nil:
		text = " Then it stopped: " + explainInner(failure)
	default:
		text = " Coda takes about one push in three seconds, so it stopped before the call became too long."
	}
	if len(left) > 0 {
		text += fmt.Sprintf(" To push it in %s, make another call, which needs another agreement.", strings.Join(left, ", "))
	}
	return text
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
			buttons = append(buttons, kit.Short(col.Name, 60))
		}
	}
	switch {
	case err != nil && len(buttons) == 0, err == nil && column.Format.Type != coda.ColButton && len(buttons) == 0:
		return nil, kit.Complain("The table has no buttons.")
	case err != nil:
		return nil, kit.Complain("%s The buttons of the table are %s.", kit.Explain(err), strings.Join(buttons, ", "))
	case column.Format.Type != coda.ColButton:
		return nil, kit.Complain("The column %q holds %s, not buttons. The buttons of the table are %s.",
			kit.Clip(kit.OneLine(column.Name), 80), column.Format.Type, strings.Join(buttons, ", "))
	}
	return c.Coda.GetColumn(ctx, target.Doc, target.ID, column.ID)
}
