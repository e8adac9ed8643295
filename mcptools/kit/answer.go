package kit

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
)

// Answer is what a tool has to say: a text, a question to the person, or what came of a write.
//
// Tools that read answer in text alone. Tools that write have a small structured half too, and some clients give a
// model only one of the two. So neither may hold what the other does not: the structured half is made first, and the
// text is written from it (say). Nothing that a handler does can make them differ.
type Answer struct {
	// Text is the answer of a tool that reads.
	Text string
	// outcome is that of a tool that writes.
	outcome *outcome
	// ask is a question to the person that has to be answered first; the answer is then empty.
	ask *question
}

// outcome is what came of a write.
type outcome struct {
	written Written
	done    string
	facts   []Fact
}

// Fact is something for a next call to use, under the name of one of the tool's outputs. It may hold what came out of
// documents as it is: both halves clean it.
type Fact struct {
	Name  string
	Value any
}

// Wrote is the answer of a tool that writes: how the write ended, a sentence or several that say what was done, with
// names and ids, and facts.
func Wrote(w Written, done string, facts ...Fact) *Answer {
	return &Answer{outcome: &outcome{w, done, facts}}
}

// effectField is the output that counts what a write did.
const effectField = "effect"

// half makes the structured half. A fact that the tool's outputs do not name is a mistake in the program.
func (o *outcome) half(output []Field, notes []string) (Object, error) {
	half := Object{{"status", o.written.Status}, {"done", Clean(strings.TrimSpace(o.done))}}
	facts := append([]Fact{{effectField, o.written.Effect}}, o.facts...)
	if len(o.written.Requests) > 0 {
		facts = append([]Fact{{"request_ids", o.written.Requests}}, facts...)
	}
	for _, fact := range facts {
		if fieldNamed(output, fact.Name).Name == "" {
			return nil, fmt.Errorf("kit: no output is called %q", fact.Name)
		}
		value, err := plainJSON(fact.Value)
		if err != nil {
			return nil, err
		}
		if isEmpty(value) {
			continue
		}
		cleaned := cleanValue(value)
		if fieldNamed(output, fact.Name).Content && !reflect.DeepEqual(value, cleaned) {
			notes = append(notes, "Characters that cannot be seen are left out of "+fact.Name+".")
		}
		half = append(half, Member{fact.Name, cleaned})
	}
	if notes = append(o.written.notes(), notes...); len(notes) > 0 {
		cleaned := make([]any, len(notes))
		for i, n := range notes {
			cleaned[i] = Clean(n)
		}
		half = append(half, Member{"notes", cleaned})
	}
	return half, nil
}

func fieldNamed(output []Field, name string) Field {
	for _, f := range output {
		if f.Name == name {
			return f
		}
	}
	return Field{}
}

// plainJSON brings a value into the form in which JSON is read.
func plainJSON(v any) (any, error) {
	raw, err := Marshal(v)
	if err != nil {
		return nil, err
	}
	var value any
	err = decodeNumbers(raw, &value)
	return value, err
}

// cleanValue cleans all texts of a value that came out of documents, names included.
func cleanValue(v any) any {
	switch v := v.(type) {
	case string:
		return defused(Clean(v))
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = cleanValue(item)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, item := range v {
			out[defused(Clean(name))] = cleanValue(item)
		}
		return out
	}
	return v
}

func isEmpty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// Say writes the text of a tool's answer from the structured half of it: what was done, how it ended with all that is
// to be known beside it, and each fact that was not said yet.
func (s Spec) Say(structured []byte) (string, error) {
	var half map[string]any
	if err := decodeNumbers(structured, &half); err != nil {
		return "", err
	}
	return say(s.outputs(), half), nil
}

func say(output []Field, half map[string]any) string {
	done, _ := half["done"].(string)
	status, _ := half["status"].(string)
	var b strings.Builder
	b.WriteString(strings.TrimRight(done, "\n") + "\n" + Sentence(status))
	notes, _ := half["notes"].([]any)
	for i, n := range notes {
		text, _ := n.(string)
		b.WriteString(map[bool]string{true: " ", false: "\n"}[i == 0] + text)
	}
	b.WriteString("\n")
	for _, f := range output {
		// What needs no introduction, such as the page that was written, may have been said already.
		value, ok := half[f.Name]
		if f.Name == effectField && saidEffect(value, done) {
			continue
		}
		if ok && !f.common && (f.Label != "" || f.Name == "next" || !said(value, done)) {
			b.WriteString(f.line(value))
		}
	}
	return b.String()
}

// line says one fact.
func (f Field) line(value any) string {
	label := f.Label
	if label == "" {
		label = sentenceName(f.Name) + ": "
	}
	switch v := value.(type) {
	case string:
		return label + OneLine(v) + "\n"
	case []any:
		if texts, ok := allTexts(v); ok {
			return label + OneLine(strings.Join(texts, ", ")) + "\n"
		}
	case map[string]any:
		switch f.Name {
		case "next":
			return NextLine(v)
		case effectField:
			return label + effectWords(v) + "\n"
		}
	}
	raw, err := Marshal(value)
	if err != nil {
		return ""
	}
	if f.Content {
		return label + "\n" + Marked(string(raw))
	}
	return label + OneLine(string(raw)) + "\n"
}

// saidEffect reports whether a sentence counts what was done. Of one thing it says what became of it, which is the
// count.
func saidEffect(value any, done string) bool {
	effect, _ := value.(map[string]any)
	if len(effect) == 1 {
		for _, n := range effect {
			return n == json.Number("1") || said(n, done)
		}
	}
	return said(value, done)
}

// effectWords says {"added": 2, "not_found": 1} as "2 added, 1 not found".
func effectWords(effect map[string]any) string {
	var counts []string
	for _, name := range SortedKeys(effect) {
		counts = append(counts, fmt.Sprintf("%v %s", effect[name], strings.ReplaceAll(name, "_", " ")))
	}
	return strings.Join(counts, ", ") + "."
}

// sentenceName makes row_ids "Row ids".
func sentenceName(name string) string {
	name = strings.ReplaceAll(name, "_", " ")
	return strings.ToUpper(name[:1]) + name[1:]
}

func allTexts(list []any) ([]string, bool) {
	texts := make([]string, len(list))
	for i, item := range list {
		text, ok := item.(string)
		if !ok {
			return nil, false
		}
		texts[i] = text
	}
	return texts, true
}

// said reports whether a sentence holds all that a value says.
func said(value any, sentence string) bool {
	switch v := value.(type) {
	case string:
		return v != "" && strings.Contains(sentence, v)
	case json.Number:
		return saysNumber(v, sentence)
	case []any:
		for _, item := range v {
			if !said(item, sentence) {
				return false
			}
		}
		return true
	case map[string]any:
		for _, item := range v {
			if !said(item, sentence) {
				return false
			}
		}
		return true
	}
	return false
}

// saysNumber looks for a number that stands alone, as it is or with commas between its thousands.
func saysNumber(n json.Number, sentence string) bool {
	forms := []string{n.String()}
	if i, err := n.Int64(); err == nil && i <= math.MaxInt32 && i >= 0 {
		forms = append(forms, Thousands(int(i)))
	}
	words := strings.FieldsFunc(sentence, func(r rune) bool { return !strings.ContainsRune("0123456789.,-", r) })
	for _, word := range words {
		for _, form := range forms {
			if strings.Trim(word, ".,") == form {
				return true
			}
		}
	}
	return false
}
