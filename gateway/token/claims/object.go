// Package claims reads what a token says about somebody, and finds one's way in it: a strict JSON object, paths to
// claims, the shapes that values come in, and how to show them to a person without letting a stranger write into the
// log.
package claims

import (
	"bytes"
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
	if start := bytes.TrimLeft(data, " \t\r\n"); len(start) == 0 || start[0] != '{' {
		return nil, errors.New("not a JSON object")
	}
	if at, err := valid(data); err != nil {
		return nil, fmt.Errorf("JSON at byte %d: %w", at, tell(err))
	}
	b := builder{text: data}
	v, ok := b.value()
	if !ok {
		return nil, fmt.Errorf("JSON at byte %d: %w", b.at, errDeep)
	}
	m, _ := v.(map[string]any)
	return m, nil
}

// valid says what keeps a text from being one JSON value, and where.
func valid(data []byte) (at int64, err error) {
	d, _ := decoders.Get().(*jsontext.Decoder)
	defer decoders.Put(d)
	d.Reset(bytes.NewBuffer(data)) // its default is strict: no duplicate names, valid UTF-8 only
	if _, err := d.ReadValue(); err != nil {
		if syntax := (*jsontext.SyntacticError)(nil); errors.As(err, &syntax) {
			return syntax.ByteOffset, err
		}
		return d.InputOffset(), err
	}
	if _, after := d.ReadToken(); !errors.Is(after, io.EOF) {
		return d.InputOffset(), errors.New("text after the object")
	}
	return 0, nil
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
