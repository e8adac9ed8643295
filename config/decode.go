package config

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The limits of one file, whatever its aliases repeat.
const (
	maxNodes    = 100_000
	maxProblems = 200
	maxText     = 4096
	maxKey      = 256
)

// decoder walks the nodes of a YAML document along the types of [File]. It goes on after a problem, so that all are
// found at once, and remembers where each key stands for the checks that follow.
type decoder struct {
	name     string
	opts     Options
	problems []Problem
	warnings []Problem
	places   map[string]place
	budget   int
	// spent: the walk was given up, so what it left is not worth checking.
	spent bool
}

type place struct{ line, column int }

func (d *decoder) add(line, column int, path, message string) {
	switch {
	case len(d.problems) < maxProblems:
		d.problems = append(d.problems, Problem{File: d.name, Line: line, Column: column, Path: path, Message: message})
	case len(d.problems) == maxProblems:
		d.spent = true
		d.problems = append(d.problems, Problem{File: d.name, Line: line, Column: column,
			Message: fmt.Sprintf("more than %d problems; mend these first, the rest is not listed", maxProblems)})
	}
}

// problem reports at the place of path, or of the nearest key above it that the file has.
func (d *decoder) problem(path, format string, args ...any) {
	at := d.place(path)
	d.add(at.line, at.column, path, fmt.Sprintf(format, args...))
}

func (d *decoder) warn(path, format string, args ...any) {
	if len(d.warnings) == maxProblems {
		return
	}
	at := d.place(path)
	d.warnings = append(d.warnings, Problem{File: d.name, Line: at.line, Column: at.column, Path: path,
		Message: fmt.Sprintf(format, args...)})
}

func (d *decoder) place(path string) place {
	for path != "" {
		if at, ok := d.places[path]; ok {
			return at
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return place{1, 1}
}

// has tells whether the file itself names the key.
func (d *decoder) has(path string) bool { _, ok := d.places[path]; return ok }

// clean tells whether path and all below it are free of problems.
func (d *decoder) clean(paths ...string) bool {
	return !slices.ContainsFunc(d.problems, func(p Problem) bool {
		return slices.ContainsFunc(paths, func(path string) bool {
			rest, under := strings.CutPrefix(p.Path, path)
			return under && (rest == "" || rest[0] == '.' || rest[0] == '[')
		})
	})
}

// said tells whether there is a problem at path, below it (then it is at a finer place) or above it (then nothing is
// known of path).
func (d *decoder) said(path string) bool {
	return !d.clean(path) || slices.ContainsFunc(d.problems, func(p Problem) bool {
		rest, under := strings.CutPrefix(path, p.Path)
		return p.Path != "" && under && rest != "" && (rest[0] == '.' || rest[0] == '[')
	})
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func item(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// at is a problem with a node itself.
func (d *decoder) at(n *yaml.Node, path, format string, args ...any) bool {
	d.add(n.Line, n.Column, path, fmt.Sprintf(format, args...))
	return false
}

// follow gives the node behind aliases, or nil where the document asks for too much or for something not supported.
func (d *decoder) follow(path string, n *yaml.Node) *yaml.Node {
	if d.budget--; d.budget < 0 {
		if !d.spent {
			d.spent = true
			d.at(n, path, "aliases (*name) make the file too large; write out what is needed")
		}
		return nil
	}
	target := n
	if n.Kind == yaml.AliasNode {
		target = n.Alias
	}
	if target.Style&yaml.TaggedStyle != 0 && target.Tag != "!!str" {
		// The tag is not shown: it may be a secret that begins with an exclamation mark.
		d.at(n, path, "a tag (!name) is not supported; write the plain value, in quotes where it begins with !")
		return nil
	}
	return target
}

func isNull(n *yaml.Node) bool {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n.Kind == yaml.ScalarNode && n.Tag == "!!null"
}

// kindOf names what a node is without showing it, because it may be a secret in the wrong place.
func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.Tag {
	case "!!bool":
		return "a boolean"
	case "!!int", "!!float":
		return "a number"
	case "!!timestamp":
		return "a date"
	case "!!null":
		return "empty"
	}
	return "text"
}
