package access

import "strings"

// Problem is one thing wrong, or doubtful, in a [Config].
type Problem struct {
	// Path is the place in the configuration file: access[0].when.scopes[1], scopes.implies.coda:admin.
	Path string
	// Message says what is wrong and what to write instead.
	Message string
}

// String returns "path: message".
func (p Problem) String() string { return p.Path + ": " + p.Message }

// Errors is what [Compile] returns: every problem of a [Config], in the order of the file.
type Errors struct {
	Problems []Problem
}

// Error lists the problems, one a line.
func (e *Errors) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}
