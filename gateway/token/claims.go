package token

// Path names a claim: a literal top-level key (which may hold dots, colons and slashes), or, when it begins with "/", a
// JSON Pointer (RFC 6901).
type Path struct {
	text string
}

// String returns the path as it was written.
func (p Path) String() string { return p.text }

// Requirements maps a claim [Path] as written to its accepted values (string, bool or json.Number).
// A requirement holds when the claim has, or as a list contains, one of them; all must hold.
type Requirements map[string][]any
