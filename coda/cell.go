package coda

import (
	"bytes"
	"encoding/json"
)

// Cell is a cell's value as Coda sent it: JSON, decoded on demand.
type Cell json.RawMessage

// UnmarshalJSON keeps the JSON.
func (c *Cell) UnmarshalJSON(data []byte) error {
	*c = bytes.Clone(data)
	return nil
}

// MarshalJSON gives the JSON back.
func (c Cell) MarshalJSON() ([]byte, error) {
	if len(c) == 0 {
		return []byte("null"), nil
	}
	return c, nil
}

// Person is somebody, as Coda writes people into cells.
type Person struct {
	Name  string `json:"name"`
	Email string `json:"email,omitempty"`
}
