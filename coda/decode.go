package coda

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"
)

// decode unmarshals JSON without being strict: a value of an unexpected type leaves its field at zero, and decoding
// goes on behind it, as encoding/json documents. Only text that is no JSON, or no object where one is needed, is an
// error. The value keeps data.
func decode(data []byte, v any) error {
	err := json.Unmarshal(data, v)
	var mismatch *json.UnmarshalTypeError
	if errors.As(err, &mismatch) && mismatch.Field != "" {
		err = nil
	}
	if err != nil {
		return err
	}
	if o, ok := v.(rawSetter); ok {
		o.setRaw(data)
	}
	return nil
}

type rawSetter interface{ setRaw(json.RawMessage) }

// Object is embedded in what Coda sends.
type Object struct {
	// Raw is the whole object as Coda sent it, including fields that this package does not know.
	Raw json.RawMessage `json:"-"`
}

func (o *Object) setRaw(raw json.RawMessage) { o.Raw = raw }

// Time is a timestamp (RFC 3339) or date. A value that cannot be parsed is zero.
type Time struct{ time.Time }

// UnmarshalJSON never fails.
func (t *Time) UnmarshalJSON(data []byte) error {
	t.Time = time.Time{}
	var s string
	if json.Unmarshal(data, &s) != nil {
		return nil
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if parsed, err := time.Parse(layout, s); err == nil {
			t.Time = parsed
			break
		}
	}
	return nil
}

// MarshalJSON writes RFC 3339, and null for the zero time.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return t.Time.MarshalJSON()
}

// encode marshals without HTML escaping, which would inflate text past Coda's size limits.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
