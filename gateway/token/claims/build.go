package claims

import (
	"bytes"
	"encoding/json"

	"github.com/go-json-experiment/json/jsontext"
)

// builder makes values of JSON that is known to be valid, so that it looks for the ends of things and for nothing else.
// To check first and build then takes half of what token by token does.
type builder struct {
	text  []byte
	at    int
	depth int
}

// value reads the value that comes next; nil, false where it is nested too deep.
func (b *builder) value() (v any, ok bool) {
	b.space()
	switch c := b.text[b.at]; c {
	case '{':
		return b.object()
	case '[':
		return b.array()
	case '"':
		return b.string(), true
	case 't', 'n':
		b.at += len("true")
		if c == 't' {
			return true, true
		}
		return nil, true
	case 'f':
		b.at += len("false")
		return false, true
	}
	begin := b.at
	for b.at < len(b.text) && endsNumber[b.text[b.at]] == 0 {
		b.at++
	}
	return json.Number(b.text[begin:b.at]), true
}

// member of an object.
type member struct {
	name  string
	value any
}

func (b *builder) object() (any, bool) {
	if b.depth++; b.depth > maxDepth {
		return nil, false
	}
	var room [16]member // most tokens need no more
	list := room[:0]
	for b.at++; b.next() != '}'; {
		m := member{name: b.string()}
		b.space()
		b.at++ // the colon
		var ok bool
		if m.value, ok = b.value(); !ok {
			return nil, false
		}
		list = append(list, m)
		b.comma()
	}
	b.at++
	b.depth--
	all := make(map[string]any, len(list))
	for i := range list {
		all[list[i].name] = list[i].value
	}
	return all, true
}

func (b *builder) array() (any, bool) {
	if b.depth++; b.depth > maxDepth {
		return nil, false
	}
	list := []any{}
	for b.at++; b.next() != ']'; {
		v, ok := b.value()
		if !ok {
			return nil, false
		}
		list = append(list, v)
		b.comma()
	}
	b.at++
	b.depth--
	return list, true
}

func (b *builder) string() string {
	begin := b.at
	b.at++
	end := b.at + bytes.IndexByte(b.text[b.at:], '"')
	if inside := b.text[b.at:end]; bytes.IndexByte(inside, '\\') < 0 {
		b.at = end + 1
		return string(inside)
	}
	for b.text[b.at] != '"' {
		if b.text[b.at] == '\\' {
			b.at++
		}
		b.at++
	}
	b.at++
	text, _ := jsontext.AppendUnquote(nil, b.text[begin:b.at])
	return string(text)
}

// next is the next byte that is no white space.
func (b *builder) next() byte {
	b.space()
	return b.text[b.at]
}

func (b *builder) comma() {
	if b.next() == ',' {
		b.at++
	}
}

func (b *builder) space() {
	for isSpace[b.text[b.at]] != 0 {
		b.at++
	}
}

var (
	isSpace    = [256]byte{' ': 1, '\t': 1, '\r': 1, '\n': 1}
	endsNumber = [256]byte{' ': 1, '\t': 1, '\r': 1, '\n': 1, ',': 1, ']': 1, '}': 1}
)
