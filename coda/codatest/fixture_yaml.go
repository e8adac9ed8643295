package codatest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"go.yaml.in/yaml/v3"
)

// MaxFixtureBytes is the size of a YAML fixture above which it is refused.
const MaxFixtureBytes = 4 << 20

// ParseWorkspace reads a workspace from YAML. It is strict: an unknown key, a
// second document or a reference to nothing is an error with its line or name.
func ParseWorkspace(data []byte) (*Workspace, error) {
	if len(data) > MaxFixtureBytes {
		return nil, fmt.Errorf("fixture has %d bytes, at most %d are read", len(data), MaxFixtureBytes)
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	var w Workspace
	if err := dec.Decode(&w); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("fixture is empty")
		}
		return nil, fmt.Errorf("fixture: %w", err)
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("fixture: more than one YAML document")
	}
	if err := w.Validate(); err != nil {
		return nil, fmt.Errorf("fixture: %w", err)
	}
	return &w, nil
}

// LoadWorkspace reads a workspace from a YAML file, as [ParseWorkspace] does.
func LoadWorkspace(path string) (*Workspace, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	w, err := ParseWorkspace(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return w, nil
}

// UnmarshalYAML reads a mapping from column names to values.
func (r *Row) UnmarshalYAML(n *yaml.Node) error {
	var m map[string]any
	if err := n.Decode(&m); err != nil {
		return err
	}
	for key, into := range map[string]*string{"$id": &r.ID, "$createdAt": &r.CreatedAt, "$updatedAt": &r.UpdatedAt} {
		v, ok := m[key]
		if !ok {
			continue
		}
		delete(m, key)
		if s, ok := v.(string); ok {
			*into = s
		} else if s, ok := yamlTime(v); ok {
			*into = s
		} else {
			return fmt.Errorf("line %d: %s is a %T, a string is meant", n.Line, key, v)
		}
	}
	r.Values = m
	return nil
}
