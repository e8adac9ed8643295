package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bestviable/coda-gateway/gateway/access"
)

// Options is what a file is read against.
type Options struct {
	// Tools is the catalogue that the access rules name, without the optional sets.
	Tools []access.Tool
	// ToolSets are the optional sets by name: coda.tool_sets adds some of them to the catalogue.
	ToolSets map[string][]access.Tool
	// ParseLink reads an id or a link to something in Coda, for access[].docs and hide; nil = ids of tables, folders and
	// workspaces, which are told by their prefix.
	ParseLink func(text string) (access.Ref, error)
	// Lookup finds an environment variable for ${env:NAME}; nil = os.LookupEnv.
	Lookup func(name string) (value string, found bool)
	// ReadFile reads a file for ${file:/path} or tls and tells its mode; nil = regular files of the operating system.
	ReadFile func(path string) (data []byte, mode fs.FileMode, err error)

	// ReadDirectory tells why a directory cannot be read; nil = those of the operating system.
	ReadDirectory func(path string) error

	// acceptRedacted takes *** for a secret, so that tests can read the effective configuration again.
	acceptRedacted bool
}

// maxFile bounds the configuration file. Real ones have a few kilobytes.
const maxFile = 1 << 20

// Load reads and checks the file at path. The error is a [*Problems] with everything that is wrong with it, or tells
// why the file cannot be read. Warnings may come with and without an error.
func Load(path string, opts Options) (*Config, []Warning, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("read the configuration: %w; coda-gateway init writes one", err)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read the configuration: %w", err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, nil, fmt.Errorf("read the configuration: %w", err)
	}
	return Parse(path, data, opts)
}

// Parse checks data as Load does a file; name stands in the problems.
func Parse(name string, data []byte, opts Options) (*Config, []Warning, error) {
	if opts.Lookup == nil {
		opts.Lookup = os.LookupEnv
	}
	if opts.ReadFile == nil {
		opts.ReadFile = ReadFile
	}
	if opts.ReadDirectory == nil {
		opts.ReadDirectory = readDirectory
	}
	d := &decoder{name: name, opts: opts, places: map[string]place{}, budget: maxNodes}
	root := d.document(data)
	var f File
	setDefaults(reflect.ValueOf(&f).Elem())
	var cfg *Config
	if len(d.problems) == 0 {
		d.mapping("", root, reflect.ValueOf(&f).Elem())
		if !d.spent {
			cfg = d.build(&f)
			cfg.text, cfg.written = data, d.places
		}
	}
	var warnings []Warning
	for _, w := range sorted(d.warnings) {
		warnings = append(warnings, Warning(w))
	}
	if len(d.problems) > 0 {
		return nil, warnings, &Problems{List: sorted(d.problems)}
	}
	return cfg, warnings, nil
}

// document parses data into the one mapping that it must be.
func (d *decoder) document(data []byte) *yaml.Node {
	empty := &yaml.Node{Kind: yaml.MappingNode, Line: 1, Column: 1}
	if len(data) > maxFile {
		d.add(1, 1, "", fmt.Sprintf("the file is larger than %d MiB; is this the configuration?", maxFile>>20))
		return empty
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	doc, err := next(dec)
	if errors.Is(err, io.EOF) {
		return empty
	}
	if err != nil {
		d.syntax(data, err)
		return empty
	}
	if more, err := next(dec); err == nil {
		d.add(more.Line, more.Column, "", "a second YAML document begins here; keep one, without a --- between")
	} else if !errors.Is(err, io.EOF) {
		d.syntax(data, err)
	}
	root := doc.Content[0]
	if isNull(root) {
		return empty
	}
	if root.Kind != yaml.MappingNode {
		d.add(root.Line, root.Column, "", "the file is "+kindOf(root)+
			" instead of keys and values; begin with public_url: https://mcp.example.com/mcp")
		return empty
	}
	return root
}

// next reads a document. The YAML package panics on some broken input instead of returning an error.
func next(dec *yaml.Decoder) (doc *yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			doc, err = nil, errors.New("yaml: this cannot be parsed")
		}
	}()
	doc = new(yaml.Node)
	if err = dec.Decode(doc); err != nil {
		return nil, err
	}
	if len(doc.Content) != 1 {
		return nil, io.EOF
	}
	return doc, nil
}

var syntaxError = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// syntaxCures say in plain words what the YAML package means.
var syntaxCures = []struct{ said, cure string }{
	{"mapping values are not allowed",
		`unexpected colon; indent this line like its neighbours, put a space after the colon of ` +
			`a key, and put a value that holds ": " in quotes`},
	{"could not find expected ':'", "a line without a colon; write key: value"},
	{"cannot start any token", "a value begins with a reserved character (@ ` % or a tab); quote it"},
	{"did not find expected key", "this line is indented differently from its neighbours; indent all keys of a " +
		"mapping alike"},
	{"did not find expected '-' indicator", "a list ends where a key begins; indent its items alike"},
	{"did not find expected ',' or ']'", "a list that begins with [ has no ], or a value in it needs quotes; add " +
		"what is missing"},
	{"did not find expected ',' or '}'", "a mapping that begins with { has no }, a colon in it has no space after " +
		"it, or a value in it needs quotes; add what is missing"},
	{"did not find expected node content", "a value is missing, or a [ or { is not closed; quote a value that begins " +
		"with , ] or }"},
	{"unexpected end of stream", "a quoted value is not closed; add the closing quote"},
	{"unknown escape character", `a backslash inside "…" begins an escape; use '…' for a value that contains one`},
	// The name that the package prints may be a secret which begins with an asterisk.
	{"unknown anchor", "an alias (*name) has no anchor (&name); quote a value that begins with *"},
	{"control characters", "the file contains control characters; save it as plain UTF-8 text"},
	{"UTF-8", "the file is not UTF-8; save it as plain UTF-8 text"},
}

func (d *decoder) syntax(data []byte, err error) {
	line, said := 1, err.Error()
	if m := syntaxError.FindStringSubmatch(said); m != nil {
		if n, convErr := strconv.Atoi(m[1]); convErr == nil && n > 0 {
			line = n
		}
		said = m[2]
		if strings.HasPrefix(said, "did not find expected") { // these count lines from 0
			line = min(line+1, max(1, bytes.Count(bytes.TrimRight(data, "\n"), []byte("\n"))+1))
		}
	}
	for i, text := range strings.Split(string(data), "\n") {
		indent := text[:len(text)-len(strings.TrimLeft(text, " \t"))]
		if at := strings.IndexByte(indent, '\t'); at >= 0 && len(indent) < len(text) && i+1 <= line+1 {
			d.add(i+1, at+1, "", "the indentation contains a tab; use spaces")
			return
		}
	}
	for _, known := range syntaxCures {
		if strings.Contains(said, known.said) {
			d.add(line, 1, "", "not YAML at or shortly after this line: "+known.cure)
			return
		}
	}
	d.add(line, 1, "", "not YAML at or shortly after this line: "+said)
}
