// Package claims reads what a token says about somebody, and finds one's way in it: a strict JSON object, paths to
// claims, the shapes that values come in, and how to show them to a person without letting a stranger write into the
// log.
package claims

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// maxDepth bounds the nesting of JSON values. Real tokens need four.
const maxDepth = 16

// bom is a byte-order mark in UTF-8, which some servers put before their documents.
var bom = []byte("\ufeff")

// Document reads an object out of a document that an issuer serves: like [Object], but a byte-order mark before it is
// let pass (RFC 8259 §8.1 lets readers ignore one).
func Document(data []byte) (map[string]any, error) { return Object(bytes.TrimPrefix(data, bom)) }

// decoders are kept for their buffers: a token is read at each request that no cache answers.
var decoders = sync.Pool{New: func() any { return new(jsontext.Decoder) }}

// Object reads one JSON object (RFC 8259) into what encoding/json would make of it with UseNumber, but refuses what
// two parsers could read differently (RFC 8725 §2.4, RFC 7493): duplicate names at any depth, invalid UTF-8, unpaired
// surrogates, nesting beyond maxDepth, and text after the object. Names are compared as they are, never by case.
func Object(data []byte) (map[string]any, error) {
	d, _ := decoders.Get().(*jsontext.Decoder)
	defer decoders.Put(d)
	d.Reset(bytes.NewBuffer(data)) // its default is strict: no duplicate names, valid UTF-8 only
	if d.PeekKind() != jsontext.KindBeginObject {
		return nil, errors.New("not a JSON object")
	}
	v, err := value(d)
	if err == nil {
		if _, after := d.ReadToken(); !errors.Is(after, io.EOF) {
			err = errors.New("text after the object")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("JSON at byte %d: %w", d.InputOffset(), tell(err))
	}
	m, _ := v.(map[string]any)
	return m, nil
}

func value(d *jsontext.Decoder) (any, error) {
	t, err := d.ReadToken()
	if err != nil {
		return nil, err
	}
	switch t.Kind() {
	case jsontext.KindBeginObject:
		return members(d)
	case jsontext.KindBeginArray:
		return elements(d)
	case jsontext.KindString:
		return t.String(), nil
	case jsontext.KindNumber:
		return json.Number(t.String()), nil
	case jsontext.KindTrue, jsontext.KindFalse:
		return t.Bool(), nil
	}
	return nil, nil
}

func members(d *jsontext.Decoder) (any, error) {
	if d.StackDepth() > maxDepth {
		return nil, errDeep
	}
	m := map[string]any{}
	for d.PeekKind() != jsontext.KindEndObject {
		name, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		key := name.String()
		if m[key], err = value(d); err != nil {
			return nil, err
		}
	}
	_, err := d.ReadToken()
	return m, err
}

func elements(d *jsontext.Decoder) (any, error) {
	if d.StackDepth() > maxDepth {
		return nil, errDeep
	}
	a := []any{}
	for d.PeekKind() != jsontext.KindEndArray {
		v, err := value(d)
		if err != nil {
			return nil, err
		}
		a = append(a, v)
	}
	_, err := d.ReadToken()
	return a, err
}

var errDeep = fmt.Errorf("nested deeper than %d", maxDepth)

// tell says what is wrong without the whole of what a stranger wrote.
func tell(err error) error {
	var syntax *jsontext.SyntacticError
	switch {
	case !errors.As(err, &syntax):
		return err
	case errors.Is(err, jsontext.ErrDuplicateName):
		return fmt.Errorf("duplicate name %s", Quote(syntax.JSONPointer.LastToken()))
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("it breaks off")
	default:
		return errors.New(Quote(syntax.Err.Error()))
	}
}
