package coda

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/bestviable/coda-gateway/coda/near"
)

// refusal says why a value does not fit its column and what would.
type refusal struct {
	problem, accepted string
	// value is the part of the value that is at fault, where it is not the whole.
	value string
	// candidates are values that may have been meant.
	candidates []string
	// mends is the field of [ValueOptions] that says how such values are meant.
	mends string
	// several: the candidates are all that the value may mean.
	several bool
}

func (r *refusal) Error() string { return r.problem + "; accepted: " + r.accepted }

func refuse(accepted, problem string, args ...any) error {
	return &refusal{problem: near.Sprintf(problem, args...), accepted: accepted}
}

// maxCellValues is how many values one cell may be given: as many ids fill a row of 85 KB, and each is looked up.
const maxCellValues = 5000

// columnReader brings values into the form that is written to one column, or refuses them. Coda itself refuses next to
// nothing: it stores what does not fit as text, without a word. What is stored otherwise than it was given is said.
type columnReader struct {
	col  *Column
	doc  DocID
	opts *ValueOptions
	// replace are the values of [ValueOptions.Map] for the column.
	replace map[string]any
	// say tells the caller how a value was read.
	say func(col *Column, about, text string)
	// options finds those of a select; nil until one is asked for.
	options *optionIndex
	// work bounds the search for what may have been meant; it is shared by the columns of a call.
	work *near.Work
}

// read brings a value as it was given into what is sent: a string, a bool, a [json.Number], a [lookup], or a list of
// those.
func (r *columnReader) read(given any) (any, error) {
	if !r.col.Writable() {
		if r.col.Format.Type == ColButton {
			return nil, refuse("nothing", "the column holds buttons")
		}
		return nil, refuse("nothing", "the column is calculated, Coda discards what is written to it")
	}
	if with, ok := r.replacement(given); ok {
		given = with
	}
	if list, ok := given.([]any); ok && len(list) > maxCellValues && (r.col.takesLists() || r.col.freeForm()) {
		return nil, refuse(fmt.Sprintf("up to %d values, which is more than fits into a row", maxCellValues),
			"a list of %d values", len(list))
	}
	v, err := plainInput(given)
	if err != nil {
		return nil, &refusal{problem: err.Error(), accepted: "a value, or a list of values"}
	}
	list, isList := v.([]any)
	switch {
	case isEmptyInput(v) && !r.col.keepsSpaces(v):
		return "", nil
	case r.col.freeForm():
		return r.free(v)
	case r.col.takesLists():
		if !isList {
			list = []any{v}
			r.tellOne(v)
		}
		return r.list(list)
	case isList && len(list) == 1:
		return r.read(list[0])
	case isList:
		return nil, refuse("one value", "a list of %d values", len(list))
	}
	return r.item(v)
}

// tellOne says of a text for a list of texts that it stays one, since answers show several with commas between them.
func (r *columnReader) tellOne(v any) {
	if s, ok := v.(string); ok && r.col.Format.Type == ColText && strings.Contains(s, ", ") {
		r.say(r.col, s, near.Sprintf("%q is stored as one value; write several as a list", clip(s, 60)))
	}
}

// replacement is what [ValueOptions.Map] has for a value.
func (r *columnReader) replacement(given any) (any, bool) {
	if len(r.replace) == 0 {
		return nil, false
	}
	with, ok := r.replace[inputKey(given)]
	return with, ok
}

// isEmptyInput is true of what clears a cell.
func isEmptyInput(v any) bool {
	if list, ok := v.([]any); ok {
		return len(list) == 0
	}
	s, ok := v.(string)
	return ok && strings.TrimSpace(s) == ""
}

// keepsSpaces: in text nothing but spaces is something.
func (col *Column) keepsSpaces(v any) bool {
	s, isText := v.(string)
	return isText && s != "" && (col.Format.Type == ColText || col.Format.Type == ColCanvas)
}

// free passes on what goes into columns whose values only Coda understands.
func (r *columnReader) free(v any) (any, error) {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i], _ = r.free(item)
		}
		return out, nil
	case Relation:
		return v.RowID, nil
	case Person:
		return personText(v), nil
	case Money:
		return v.Amount, nil
	case Link:
		return v.URL, nil
	}
	return v, nil
}

// list reads the values of a list column. One text may hold several, as answers show them; always a list is sent,
// because Coda divides a text at its commas, those within a name too.
func (r *columnReader) list(given []any) (any, error) {
	out := make([]any, 0, len(given))
	for _, item := range r.replaceWithin(given) {
		if _, nested := item.([]any); nested {
			return nil, refuse("a list of values", "a list within a list")
		}
		if with, ok := r.replacement(item); ok {
			if item, _ = plainInput(with); item == nil {
				return nil, refuse("a value", "a list within a list")
			}
			if nested, ok := item.([]any); ok {
				more, err := r.list(nested)
				if err != nil {
					return nil, err
				}
				if nested, ok := more.([]any); ok {
					out = append(out, nested...)
				}
				continue
			}
		}
		if isEmptyInput(item) {
			continue
		}
		values, err := r.items(item)
		if err != nil {
			return nil, err
		}
		out = append(out, values...)
	}
	if len(out) == 0 {
		return "", nil
	}
	return out, nil
}

// replaceWithin takes texts apart that hold several values, where [ValueOptions.Map] has something for one of them.
func (r *columnReader) replaceWithin(given []any) []any {
	if len(r.replace) == 0 {
		return given
	}
	var out []any
	for _, item := range given {
		text, ok := item.(string)
		if !ok || !strings.ContainsAny(text, ",;\n") {
			out = append(out, item)
			continue
		}
		begin := 0 // of what is not replaced and stays together
		for at := 0; at < len(text); {
			end := at + strings.IndexAny(text[at:]+"\n", ",;\n")
			if _, ok := r.replacement(text[at:end]); ok {
				out = append(out, strings.Trim(text[begin:at], ",;\n "), strings.TrimSpace(text[at:end]))
				begin = min(end+1, len(text))
			}
			at = end + 1
		}
		out = append(out, strings.TrimSpace(text[begin:]))
	}
	return out
}

// items reads one entry of a list, which may be a text that holds several.
func (r *columnReader) items(v any) ([]any, error) {
	text, isText := v.(string)
	switch r.col.Format.Type {
	case ColSelect:
		if isText {
			return r.selected(text)
		}
	case ColRelation:
		if isText {
			return r.relations(text)
		}
	case ColPerson, ColText, ColCanvas:
	default:
		if isText {
			return r.divided(text)
		}
	}
	one, err := r.item(v)
	if err != nil {
		if isText {
			return nil, partial(err, text)
		}
		return nil, err
	}
	return []any{one}, nil
}

// divided reads a text that may hold several values with semicolons, line breaks, or a comma and a space between them.
// What can be read as one is one, except durations, which would be added up ("1 hr, 2 days"), and files, whose address
// may hold spaces.
func (r *columnReader) divided(text string) ([]any, error) {
	switch r.col.Format.Type {
	case ColDuration, ColImage, ColImageReference, ColAttachments:
		if all, err := r.parts(text); err == nil {
			return all, nil
		}
	}
	if one, err := r.item(text); err == nil || !strings.ContainsAny(text, ",;\n ") {
		return []any{one}, err
	}
	if r.col.Format.Type == ColLink { // their names may hold commas
		var all []any
		if _, wrong := divide(text, func(part string) (string, bool) {
			one, err := r.item(part)
			if err == nil {
				all = append(all, one)
			}
			return part, err == nil
		}); wrong == "" {
			return all, nil
		}
	}
	return r.parts(text)
}

func (r *columnReader) parts(text string) ([]any, error) {
	var all []any
	for part := range strings.SplitSeq(listSigns.Replace(text), "\n") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		one, err := r.item(part)
		if err != nil {
			return nil, partial(err, part)
		}
		if all = append(all, one); len(all) > dividedParts {
			return nil, refuse("fewer values", "more than %d values", dividedParts)
		}
	}
	return all, nil
}

var listSigns = strings.NewReplacer(";", "\n", ", ", "\n")

// partial says of a refusal which part of the value it is about.
func partial(err error, part string) error {
	if r, ok := err.(*refusal); ok && r.value == "" {
		r.value = strings.TrimSpace(part)
	}
	return err
}

// takesLists is generous where Coda's isArray, by its own word a guess, may be wrong.
func (col *Column) takesLists() bool {
	if col.Format.IsArray {
		return true
	}
	switch col.Format.Type {
	case ColAttachments, ColReaction, ColImage:
		return true
	}
	return false
}

// item reads one value that is neither empty nor a list.
func (r *columnReader) item(v any) (any, error) {
	switch f := &r.col.Format; f.Type {
	case ColText, ColCanvas:
		return r.text(v)
	case ColNumber, ColPercent, ColCurrency, ColSlider, ColScale:
		return r.number(v)
	case ColCheckbox:
		return r.checkbox(v)
	case ColDate, ColDateTime, ColTime:
		return r.moment(v)
	case ColDuration:
		return r.duration(v)
	case ColSelect:
		return r.option(v)
	case ColEmail:
		return r.email(v)
	case ColLink:
		return r.link(v)
	case ColImage, ColImageReference, ColAttachments:
		return r.image(v)
	case ColReaction:
		return r.reaction(v)
	case ColPerson:
		return r.person(v)
	case ColRelation:
		return r.relation(v)
	}
	return v, nil
}

// text keeps text as it is, "007" too.
func (r *columnReader) text(v any) (any, error) {
	switch v := v.(type) {
	case string:
		if plain := unfence(v); plain != v {
			r.say(r.col, "fence", "texts wrapped in ``` are stored without that wrapping, which is how plain text is shown")
			v = plain
		}
		if r.col.Format.Type == ColCanvas && looksFormatted(v) {
			r.say(r.col, "canvas", "Coda stores text in this column as it is: marks such as ** or # are not made into "+
				"formatting")
		}
		return v, nil
	case json.Number:
		return v.String(), nil
	case bool:
		return strconv.FormatBool(v), nil
	case Relation, Person, Money, Link:
		return plainText(v), nil
	}
	return nil, refuse("text", "not text")
}

// looksFormatted is true of Markdown that is hardly meant literally.
func looksFormatted(s string) bool {
	return strings.HasPrefix(s, "#") || strings.ContainsAny(s, "*`") || strings.Contains(s, "](") ||
		strings.HasPrefix(s, "- ") || strings.Contains(s, "\n- ")
}

func (r *columnReader) checkbox(v any) (any, error) {
	switch v := v.(type) {
	case bool:
		return v, nil
	case json.Number:
		if v == "1" || v == "0" {
			return v == "1", nil
		}
	case string:
		checked, ok := ParseCheckbox(v)
		if !ok {
			break
		}
		switch s := strings.ToLower(strings.TrimSpace(v)); {
		case s == "true" || s == "yes" || s == "false" || s == "no":
		case checked:
			r.say(r.col, s, near.Sprintf("%q = checked", s))
		default:
			r.say(r.col, s, near.Sprintf("%q = not checked", s))
		}
		return checked, nil
	}
	return nil, refuse("true or false, yes or no", "neither true nor false")
}

// ParseCheckbox reads the words and signs in which people and tables write that something is checked or not.
func ParseCheckbox(s string) (checked, ok bool) {
	if len(s) > 40 {
		return false, false
	}
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "true", "yes", "y", "1", "on", "checked", "x", "✓", "✔", "✅", "☑", "[x]":
		return true, true
	case "false", "no", "n", "0", "off", "unchecked", "☐", "[ ]":
		return false, true
	}
	return false, false
}
