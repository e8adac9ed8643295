//go:build unix

package build

import (
	"bytes"
	"strings"
	"testing"
)

// What is said and recorded of a refusal is no longer than three times what came, whichever argument is as long as a
// message may be: nobody fills a disk or a line with what is not even done.
func TestRefusalsAreNoLongerThanRequests(t *testing.T) {
	t.Parallel()
	w := openRefusing(t)
	refused := 0
	for _, tool := range w.tools {
		for _, a := range append(tool.arguments, refusedArgument{Name: "nosuch", Type: "string"}) {
			for _, c := range longest(tool, a) {
				w.log.Reset()
				r := w.request(t.Context(), personal{c, "all", ""})
				length := int(r.ContentLength)
				answer := w.serve(r)
				if refusedHow(answer) == "" {
					continue
				}
				refused++
				if said := len(answer) + w.log.Len(); length < 1_700_000 || said > 3*length {
					t.Errorf("%s: %d bytes for %d", c.name, said, length)
				}
				for _, line := range []string{`"message":"request"`, `"event":"ended"`} {
					if bytes.Count(w.log.Bytes(), []byte(line)) != 1 {
						t.Errorf("%s: not one line with %s in %.900s", c.name, line, w.log.Bytes())
					}
				}
			}
		}
	}
	if refused < 2*len(w.tools) {
		t.Errorf("%d refusals of %d tools", refused, len(w.tools))
	}
}

// longest are a call with one long text in an argument, and one with many that are not known.
func longest(tool refusedTool, a refusedArgument) (calls []refusedCall) {
	const size = 1_900_000
	shapes := []shaped{{"quotes", `"` + strings.Repeat(`\"`, size/2) + `"`}}
	switch a.Type {
	case "array":
		shapes = append(shapes, shaped{"many", list(most(90_000, size, `"name % …"`, ","))})
	case "object":
		shapes = append(shapes, shaped{"names", "{" + most(900, size, `"name % …":1`, ",") + "}"})
	}
	for _, s := range shapes {
		calls = append(calls, refusedCall{tool.name + " " + a.Name + " " + s.name, tool.name, tool.with(a, s.json), true})
	}
	return calls
}
