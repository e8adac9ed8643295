package kit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// What a call may hold is bounded before it is decoded: a tool refuses two megabytes of names for less than it takes to
// read them, and what comes later never meets them.
const (
	// mostText is how many bytes a text may have, but one that is content.
	mostText = 16 << 10
	// mostTexts is how many a list of texts may have, and mostTextsEach for each entry that it may have.
	mostTexts     = 64 << 10
	mostTextsEach = 512
	// mostObject is how many an object may have.
	mostObject = 256 << 10
	// mostScalar is how many a number or a boolean may have.
	mostScalar = 100
	// mostNames is how many names an object may have: no table has more columns.
	mostNames = 1_000
	// mostGiven is how many arguments are looked at: whoever calls chooses how many there are.
	mostGiven = 100
	// mostName is how long an argument's name may be to be looked for.
	mostName = 100
	// MostValues is how many values an argument may hold, such as the cells of rows and the rows themselves, as JSON in a
	// text too: to decode and check more of them, and refuse the last, costs more than 40 ms.
	MostValues = 50_000
)

// member is one argument as it came.
type member struct {
	name string
	raw  json.RawMessage
}

// members takes the arguments apart without decoding them, sorted by name; total counts those beyond mostGiven, too.
func members(raw json.RawMessage) (given []member, total int, err error) {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil, 0, nil
	}
	d := jsontext.NewDecoder(bytes.NewBuffer(raw), jsontext.AllowDuplicateNames(true))
	if d.PeekKind() == jsontext.KindNull {
		return nil, 0, atEnd(d, d.SkipValue())
	}
	if d.PeekKind() != jsontext.KindBeginObject {
		return nil, 0, errors.New("not an object")
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, 0, err
	}
	for d.PeekKind() != jsontext.KindEndObject {
		quoted, err := d.ReadValue()
		if err != nil {
			return nil, 0, err
		}
		name := shortText(quoted, mostName)
		start := d.InputOffset()
		if err := d.SkipValue(); err != nil {
			return nil, 0, err
		}
		if total++; total <= mostGiven {
			value := bytes.TrimLeft(raw[start:d.InputOffset()], ": \t\r\n")
			given = slices.DeleteFunc(given, func(m member) bool { return m.name == name }) // the last one counts
			given = append(given, member{name, value})
		}
	}
	_, err = d.ReadToken()
	slices.SortFunc(given, func(a, b member) int { return strings.Compare(a.name, b.name) })
	return given, total, atEnd(d, err)
}

// atEnd is err, or an error where anything follows.
func atEnd(d *jsontext.Decoder, err error) error {
	if err != nil {
		return err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return errors.New("more than one JSON value")
	}
	return nil
}

// shortText is the text of a JSON string, of which no more than so many characters and some are decoded.
func shortText(quoted []byte, most int) string {
	if len(quoted) <= 6*most {
		text, err := jsontext.AppendUnquote(nil, quoted)
		if err != nil {
			return "…"
		}
		return string(text)
	}
	// What the cut goes through, be it a character, an escape or a pair of two, is left out.
	for end := 6 * most; end > 6*most-12; end-- {
		if text, err := jsontext.AppendUnquote(nil, append(slices.Clone(quoted[:end]), '"')); err == nil {
			return string(text) + "…"
		}
	}
	return "…"
}

// mostBytes is how many bytes the JSON of an argument may have; 0 = as many as a message.
func (p param) mostBytes() int {
	switch {
	case p.content:
		return 0
	case p.kind == KindString:
		return mostText
	case p.kind == KindStrings:
		return max(mostTexts, mostTextsEach*p.highest)
	case p.kind == KindObject:
		return mostObject
	case p.kind == KindObjects:
		return 0
	default:
		return mostScalar
	}
}

// wanted is what an argument must be that is no text.
var wanted = map[kind]string{KindInteger: "a whole number", KindBoolean: "true or false", KindObject: "an object"}

// decode reads an argument where it is of a size that it may have.
func (p param) decode(raw json.RawMessage) (any, error) {
	if most := p.mostBytes(); most > 0 && len(raw) > most {
		if what := wanted[p.kind]; what != "" && (mostScalar == most || raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9') {
			return nil, fmt.Errorf("must be %s, not %s", what, describedJSON(raw))
		}
		return nil, fmt.Errorf("has %s bytes, more than the %s that it may have", Thousands(len(raw)), Thousands(most))
	}
	if (p.kind == KindObject || p.kind == KindObjects) && raw[0] == '"' {
		if text := shortText(raw, 60); !strings.HasPrefix(strings.TrimSpace(text), "{") &&
			!strings.HasPrefix(strings.TrimSpace(text), "[") {
			return text, nil // which is no JSON, whatever follows
		}
	}
	if p.kind == KindString && len(raw) > mostText && raw[0] != '"' {
		return nil, fmt.Errorf("must be text, not %s", describedJSON(raw))
	}
	if raw[0] == '"' { // content may be large, and was read once already
		text, err := jsontext.AppendUnquote(nil, raw)
		if err == nil && p.kind != KindString {
			err = p.tooMany(bytes.TrimSpace(text))
		}
		return string(text), err
	}
	if err := p.tooMany(raw); err != nil {
		return nil, err
	}
	var value any
	err := decodeNumbers(raw, &value)
	return value, err
}

// tooMany refuses lists by the number of their entries and of all values in them, before any is decoded.
func (p param) tooMany(raw []byte) error {
	if len(raw) == 0 || raw[0] != '[' && raw[0] != '{' {
		return nil
	}
	entries, values := counted(raw)
	switch {
	case p.isList() && raw[0] == '[' && p.highest != 0 && entries > p.highest:
		return p.countFault(entries, nil)
	case values > MostValues:
		return fmt.Errorf("holds more than %s values; make several calls", Thousands(MostValues))
	}
	return nil
}

// counted counts the entries of a list, and about all values within, by what stands before and between them. Of what is
// no JSON it counts something.
func counted(raw []byte) (entries, values int) {
	level, quoted := 0, false
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		switch {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			level++
			values++
		case c == ']' || c == '}':
			level--
		case c == ',':
			values++
			if level == 1 {
				entries++
			}
		}
	}
	if first := bytes.TrimLeft(raw[1:], " \t\r\n"); len(first) > 0 && first[0] != ']' {
		entries++
	}
	return entries, values
}

// describedJSON is [Described] of what is too large to be decoded.
func describedJSON(raw json.RawMessage) string {
	switch raw[0] {
	case '"':
		return Described(shortText(raw, 60))
	case '[':
		entries, _ := counted(raw)
		return listOf(entries)
	case '{':
		return Described(map[string]any(nil))
	default:
		return Described(json.Number(raw[:min(len(raw), 200)]))
	}
}

// decodeNumbers decodes one JSON value and keeps numbers as they are written.
func decodeNumbers(raw []byte, into any) error {
	d := jsontext.NewDecoder(bytes.NewBuffer(raw), jsontext.AllowDuplicateNames(true))
	switch into := into.(type) {
	case *any:
		v, err := (&reading{d: d}).next()
		if err = atEnd(d, err); err == nil {
			*into = v
		}
		return err
	case *map[string]any:
		v, err := (&reading{d: d}).next()
		if err = atEnd(d, err); err != nil {
			return err
		}
		m, ok := v.(map[string]any)
		if !ok && v != nil {
			return errors.New("not an object")
		}
		*into = m
		return nil
	}
	return decodeStrict(raw, into)
}

func decodeStrict(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one JSON value")
	}
	return nil
}

// reading reads JSON into what encoding/json makes of it, in one go, and each name that comes again only once.
type reading struct {
	d     *jsontext.Decoder
	names map[string]string
}

func (v *reading) next() (any, error) {
	t, err := v.d.ReadToken()
	if err != nil {
		return nil, err
	}
	switch t.Kind() {
	case jsontext.KindBeginObject:
		return v.object()
	case jsontext.KindBeginArray:
		list := []any{}
		for v.d.PeekKind() != jsontext.KindEndArray {
			item, err := v.next()
			if err != nil {
				return nil, err
			}
			list = append(list, item)
		}
		_, err := v.d.ReadToken()
		return list, err
	case jsontext.KindString:
		return t.String(), nil
	case jsontext.KindNumber:
		return json.Number(t.String()), nil
	case jsontext.KindTrue, jsontext.KindFalse:
		return t.Bool(), nil
	}
	return nil, nil
}

func (v *reading) object() (any, error) {
	m := map[string]any{}
	for v.d.PeekKind() != jsontext.KindEndObject {
		if len(m) > mostNames {
			return nil, errTooManyNames
		}
		name, err := v.d.ReadToken()
		if err != nil {
			return nil, err
		}
		if m[v.name(name.String())], err = v.next(); err != nil {
			return nil, err
		}
	}
	_, err := v.d.ReadToken()
	return m, err
}

// name gives the same string for the same name: rows have the same columns over and over.
func (v *reading) name(s string) string {
	if known, ok := v.names[s]; ok {
		return known
	}
	if v.names == nil {
		v.names = map[string]string{}
	}
	if len(v.names) < mostNames {
		v.names[s] = s
	}
	return s
}

var errTooManyNames = fmt.Errorf("holds an object with more than %s names", Thousands(mostNames))
