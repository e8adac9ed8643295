package token

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// maxDepth bounds the nesting of JSON values. Real tokens need four.
const maxDepth = 16

// decodeObject reads one JSON object (RFC 8259) into what encoding/json would make of it with UseNumber, but refuses what
// two parsers could read differently (RFC 8725 §2.4, RFC 7493): duplicate names at any depth, invalid UTF-8, unpaired
// surrogates, nesting beyond maxDepth, and text after the object. Names are compared as they are, never by case.
func decodeObject(data []byte) (map[string]any, error) {
	d := &decoder{data: data}
	d.space()
	if d.peek() != '{' {
		return nil, errors.New("not a JSON object")
	}
	v, err := d.object(1)
	if err != nil {
		return nil, fmt.Errorf("JSON at byte %d: %w", d.pos, err)
	}
	d.space()
	if d.pos != len(d.data) {
		return nil, fmt.Errorf("JSON at byte %d: text after the object", d.pos)
	}
	return v, nil
}

type decoder struct {
	data []byte
	pos  int
}

var errSyntax = errors.New("syntax error")

// peek returns the byte at the current position, 0 at the end.
func (d *decoder) peek() byte {
	if d.pos < len(d.data) {
		return d.data[d.pos]
	}
	return 0
}

func (d *decoder) space() {
	for d.pos < len(d.data) {
		switch d.data[d.pos] {
		case ' ', '\t', '\n', '\r':
			d.pos++
		default:
			return
		}
	}
}

func (d *decoder) value(depth int) (any, error) {
	switch c := d.peek(); {
	case c == '{':
		return d.object(depth)
	case c == '[':
		return d.array(depth)
	case c == '"':
		return d.string()
	case c == '-' || c >= '0' && c <= '9':
		return d.number()
	case c == 't':
		return true, d.literal("true")
	case c == 'f':
		return false, d.literal("false")
	case c == 'n':
		return nil, d.literal("null")
	}
	return nil, errSyntax
}

func (d *decoder) literal(want string) error {
	if len(d.data)-d.pos < len(want) || string(d.data[d.pos:d.pos+len(want)]) != want {
		return errSyntax
	}
	d.pos += len(want)
	return nil
}

func (d *decoder) object(depth int) (map[string]any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested deeper than %d", maxDepth)
	}
	d.pos++
	m := map[string]any{}
	d.space()
	if d.peek() == '}' {
		d.pos++
		return m, nil
	}
	for {
		d.space()
		if d.peek() != '"' {
			return nil, errSyntax
		}
		name, err := d.string()
		if err != nil {
			return nil, err
		}
		if _, twice := m[name]; twice {
			return nil, fmt.Errorf("duplicate name %s", quote(name))
		}
		d.space()
		if d.peek() != ':' {
			return nil, errSyntax
		}
		d.pos++
		d.space()
		v, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		m[name] = v
		d.space()
		switch d.peek() {
		case ',':
			d.pos++
		case '}':
			d.pos++
			return m, nil
		default:
			return nil, errSyntax
		}
	}
}

func (d *decoder) array(depth int) ([]any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested deeper than %d", maxDepth)
	}
	d.pos++
	a := []any{}
	d.space()
	if d.peek() == ']' {
		d.pos++
		return a, nil
	}
	for {
		d.space()
		v, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		a = append(a, v)
		d.space()
		switch d.peek() {
		case ',':
			d.pos++
		case ']':
			d.pos++
			return a, nil
		default:
			return nil, errSyntax
		}
	}
}

func (d *decoder) number() (json.Number, error) {
	start := d.pos
	digits := func() bool {
		from := d.pos
		for c := d.peek(); c >= '0' && c <= '9'; c = d.peek() {
			d.pos++
		}
		return d.pos > from
	}
	if d.peek() == '-' {
		d.pos++
	}
	if d.peek() == '0' {
		d.pos++
	} else if !digits() {
		return "", errSyntax
	}
	if d.peek() == '.' {
		d.pos++
		if !digits() {
			return "", errSyntax
		}
	}
	if c := d.peek(); c == 'e' || c == 'E' {
		d.pos++
		if c := d.peek(); c == '+' || c == '-' {
			d.pos++
		}
		if !digits() {
			return "", errSyntax
		}
	}
	return json.Number(d.data[start:d.pos]), nil
}

func (d *decoder) string() (string, error) {
	d.pos++
	start := d.pos
	for d.pos < len(d.data) { // the common case: nothing to unescape
		switch c := d.data[d.pos]; {
		case c == '"':
			s := d.data[start:d.pos]
			if !utf8.Valid(s) {
				return "", errors.New("invalid UTF-8")
			}
			d.pos++
			return string(s), nil
		case c == '\\':
			return d.escaped(start)
		case c < 0x20:
			return "", errors.New("control character in a string")
		}
		d.pos++
	}
	return "", errSyntax
}

// escaped reads the rest of a string that began at start and has its first escape at the current position.
func (d *decoder) escaped(start int) (string, error) {
	out := append(make([]byte, 0, d.pos-start+32), d.data[start:d.pos]...)
	for d.pos < len(d.data) {
		c := d.data[d.pos]
		d.pos++
		switch {
		case c == '"':
			if !utf8.Valid(out) {
				return "", errors.New("invalid UTF-8")
			}
			return string(out), nil
		case c < 0x20:
			return "", errors.New("control character in a string")
		case c != '\\':
			out = append(out, c)
			continue
		}
		esc := d.peek()
		d.pos++
		switch esc {
		case '"', '\\', '/':
			out = append(out, esc)
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r, err := d.rune()
			if err != nil {
				return "", err
			}
			out = utf8.AppendRune(out, r)
		default:
			return "", errSyntax
		}
	}
	return "", errSyntax
}

// rune reads what follows `\u`, with the second half where it is a surrogate.
func (d *decoder) rune() (rune, error) {
	r, err := d.hex4()
	if err != nil {
		return 0, err
	}
	if r < 0xD800 || r > 0xDFFF {
		return r, nil
	}
	if r > 0xDBFF || d.literal(`\u`) != nil {
		return 0, errors.New("unpaired surrogate")
	}
	low, err := d.hex4()
	if err != nil {
		return 0, err
	}
	if low < 0xDC00 || low > 0xDFFF {
		return 0, errors.New("unpaired surrogate")
	}
	return (r-0xD800)<<10 | (low - 0xDC00) + 0x10000, nil
}

func (d *decoder) hex4() (rune, error) {
	if len(d.data)-d.pos < 4 {
		return 0, errSyntax
	}
	var r rune
	for _, c := range d.data[d.pos : d.pos+4] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, errSyntax
		}
	}
	d.pos += 4
	return r, nil
}
