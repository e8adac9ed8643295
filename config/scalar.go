package config

import (
	"encoding"
	"reflect"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// text decodes a scalar that has a grammar of its own.
func (d *decoder) text(path string, n *yaml.Node, v encoding.TextUnmarshaler, f field) bool {
	var text string
	if _, loose := v.(anyScalar); loose && n.Kind == yaml.ScalarNode && n.Tag != "!!str" {
		text = n.Value
	} else {
		var ok bool
		if text, ok = d.scalar(path, n, f); !ok {
			return false
		}
	}
	if text == "" && f.emptyOK {
		reflect.ValueOf(v).Elem().SetZero() // a default may stand there
		return true
	}
	if err := v.UnmarshalText([]byte(text)); err != nil {
		at := d.places[path]
		if at == (place{}) {
			at = place{n.Line, n.Column}
		}
		d.add(at.line, at.column, path, err.Error())
		return false
	}
	return true
}

// scalar gives the text of a node that must be text.
func (d *decoder) scalar(path string, n *yaml.Node, f field) (string, bool) {
	example := f.example
	if f.secret {
		example = "${file:/run/secrets/name}"
	}
	switch {
	case n.Kind != yaml.ScalarNode:
		return "", d.at(n, path, "is %s; write text, as in %s", kindOf(n), example)
	case n.Tag != "!!str" && f.secret:
		return "", d.at(n, path, "is %s; write text, as in %s", kindOf(n), example)
	case n.Tag != "!!str":
		return "", d.at(n, path, `is %s; put it in quotes: "%s"`, kindOf(n), shorten(n.Value))
	case f.secret:
		return n.Value, true
	case n.Value == "" && !f.emptyOK:
		return "", d.at(n, path, "is empty; write a value, as in %s, or remove it", example)
	case len(n.Value) > maxText:
		return "", d.at(n, path, "is longer than %d bytes", maxText)
	case strings.ContainsFunc(n.Value, unicode.IsControl):
		return "", d.at(n, path, "contains a line break or another control character; write it on one line")
	case strings.Contains(n.Value, "${"):
		return "",
			d.at(n, path, "${…} works only for secrets (coda.token, introspection.client_secret, "+
				"introspection.private_key); write the value itself")
	}
	return n.Value, true
}

func (d *decoder) secretText(path string, n *yaml.Node, v *secretText) bool {
	text, ok := d.scalar(path, n, field{secret: true})
	if ok {
		*v = secretText(text)
	}
	return ok
}
