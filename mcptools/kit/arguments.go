package kit

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/coda/near"
)

// arrange brings arguments into the shape that the parameters declare: the generous half of taking arguments. Names may
// differ in case and separators, numbers and booleans may come as strings, one value may stand for a list of one, lists
// and objects may come as JSON text, and null is the same as nothing. What cannot be understood is reported all at
// once.
func arrange(raw json.RawMessage, params []param) (arranged map[string]any, notes []string, err error) {
	given, total, err := members(raw)
	switch {
	case err != nil:
		return nil, nil, Complain("The arguments must be a JSON object with the tool's parameters as keys.")
	case total > mostGiven:
		return nil, nil, Complain("The call has %s arguments. %s", Thousands(total), thereAre(params))
	}
	out := make(map[string]any, len(given))
	var unknown, wrong []string
	for _, g := range given {
		p, ok := paramNamed(params, g.name)
		if !ok {
			unknown = append(unknown, g.name)
			continue
		}
		if string(g.raw) == "null" {
			continue
		}
		if _, twice := out[p.name]; twice {
			wrong = append(wrong, near.Sprintf("Argument %q was given twice.", p.name))
			continue
		}
		var fitted any
		note := ""
		value, err := p.decode(g.raw)
		if err == nil {
			fitted, note, err = p.fit(value)
		}
		if err != nil {
			text := near.Sprintf("Argument %q %v", p.name, err)
			if p.kind == KindObject || p.kind == KindObjects {
				text += explained(p.description)
			}
			wrong = append(wrong, text+".")
			continue
		}
		if note != "" {
			notes = append(notes, note)
		}
		out[p.name] = fitted
	}
	for _, p := range params {
		if _, ok := out[p.name]; p.required && !ok && !mentions(wrong, p.name) {
			wrong = append(wrong, p.missing())
		}
	}
	if wrong = append(unknownArguments(unknown, params), wrong...); len(wrong) > 0 {
		return nil, nil, Complain("%s", strings.Join(wrong, " "))
	}
	return out, notes, nil
}

func (p param) missing() string {
	return near.Sprintf("Argument %q is missing%s.", p.name, explained(p.description))
}

// missing complains of what a call has to say that names no batch.
func missing(arguments map[string]any, params []param) error {
	var wrong []string
	for _, p := range params {
		if _, ok := arguments[p.name]; p.orBatch && !ok {
			wrong = append(wrong, p.missing())
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return Complain("%s", strings.Join(wrong, " "))
}

func explained(description string) string {
	if description == "" {
		return ""
	}
	return " (" + strings.TrimSuffix(description, ".") + ")"
}

func mentions(wrong []string, name string) bool {
	return slices.ContainsFunc(wrong, func(w string) bool {
		return strings.HasPrefix(w,
			near.Sprintf("Argument %q ", name))
	})
}

// unknownArguments says of each that there is none such, and once what there is.
func unknownArguments(unknown []string, params []param) []string {
	if len(unknown) == 0 {
		return nil
	}
	var wrong []string
	for _, name := range unknown[:min(len(unknown), mostUnknown)] {
		wrong = append(wrong, near.Sprintf("There is no argument %q.%s", Short(name, 60),
			DidYouMean(name, namesOf(params))))
	}
	return append(wrong, thereAre(params))
}

// thereAre says what arguments a tool takes.
func thereAre(params []param) string {
	if len(params) == 0 {
		return "This tool takes none."
	}
	return fmt.Sprintf("The tool takes %s.", strings.Join(namesOf(params), ", "))
}

func namesOf(params []param) []string {
	names := make([]string, len(params))
	for i, p := range params {
		names[i] = p.name
	}
	return names
}

// mostUnknown is how many unknown arguments are named.
const mostUnknown = 5

func paramNamed(params []param, name string) (param, bool) {
	folded := FoldName(name)
	for _, p := range params {
		if FoldName(p.name) == folded {
			return p, true
		}
	}
	return param{}, false
}
