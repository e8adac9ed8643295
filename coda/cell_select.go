package coda

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/coda/near"
)

const (
	// knownOptions is how many options of a select Coda tells; of a longer list it cannot be said what is missing.
	knownOptions = 5000
	// optionBytes is the length up to which a text is compared to options regardless of case.
	optionBytes = 1000
	// shownOptions is how many options a refusal lists.
	shownOptions = 20
	// shownSame is how many options it lists that differ in letters only.
	shownSame = 3
)

// optionIndex finds a select's options.
type optionIndex struct {
	names  []string
	exact  map[string]bool
	folded map[string][]string
	// open: there are options that Coda does not tell.
	open bool
	// refused remembers what was said of texts that are no options.
	refused map[string]error
}

func newOptionIndex(options []SelectOption) *optionIndex {
	x := &optionIndex{exact: make(map[string]bool, len(options)), folded: make(map[string][]string, len(options)),
		refused: make(map[string]error)}
	for _, o := range options {
		if x.exact[o.Name] {
			continue
		}
		x.names = append(x.names, o.Name)
		x.exact[o.Name] = true
		f := fold(o.Name)
		x.folded[f] = append(x.folded[f], o.Name)
	}
	x.open = len(options) == 0 || len(options) >= knownOptions
	return x
}

// find is the option of that name, or the only one of that name regardless of case and spacing.
func (x *optionIndex) find(s string) (string, bool) {
	if x.exact[s] {
		return s, true
	}
	if len(s) > optionBytes {
		return "", false
	}
	if f := x.folded[fold(s)]; len(f) == 1 {
		return f[0], true
	}
	return "", false
}

func (r *columnReader) knownOptions() *optionIndex {
	if r.options == nil {
		r.options = newOptionIndex(r.col.Format.Options)
	}
	return r.options
}

// option reads the name of an option.
func (r *columnReader) option(v any) (any, error) {
	text, err := r.text(v)
	if err != nil {
		return nil, refuse("the name of an option", "not the name of an option")
	}
	s := strings.TrimSpace(text.(string))
	x := r.knownOptions()
	found, ok := x.find(s)
	switch {
	case ok && found != s:
		r.say(r.col, s, near.Sprintf("%q = %q", clip(s, 60), clip(found, 60)))
		return found, nil
	case ok:
		return found, nil
	case x.open && len(x.names) == 0:
		r.say(r.col, "open", "Coda lists no options for this column, so values could not be checked against them")
		return s, nil
	case x.open:
		r.say(r.col, s, near.Sprintf("%q is not among the first %d options, all that Coda lists", clip(s, 60),
			len(x.names)))
		return s, nil
	}
	return nil, r.noSuchOption(s)
}

// noSuchOption says what may have been meant, once for each text.
func (r *columnReader) noSuchOption(s string) error {
	if known, ok := r.options.refused[s]; ok {
		return known
	}
	refused := r.explainOption(s)
	if len(s) <= optionBytes && len(r.options.refused) < mostFaults {
		r.options.refused[s] = refused
	}
	return refused
}

func (r *columnReader) explainOption(s string) error {
	x := r.options
	refused := &refusal{problem: "no such option", value: s}
	if same := x.folded[fold(clip(s, optionBytes))]; len(same) > 1 {
		refused.problem, refused.candidates = "several options match, apart from case or spacing",
			same[:min(len(same), shownSame)]
	} else if meant := near.Names(s, x.names, r.work); len(meant) > 0 {
		refused.problem += ", did you mean " + quoteList(meant, " or ") + "?"
		refused.candidates = meant
	}
	refused.accepted = quoteList(x.names[:min(len(x.names), shownOptions)], ", ")
	if more := len(x.names) - shownOptions; more > 0 {
		refused.accepted += fmt.Sprintf(" and %d more", more)
	}
	return refused
}

// selected reads the options in one text: one, or several as answers show them, "Red, Green".
func (r *columnReader) selected(text string) ([]any, error) {
	x := r.knownOptions()
	if _, ok := x.find(strings.TrimSpace(text)); ok || x.open || !strings.ContainsAny(text, ",;\n") {
		one, err := r.option(text)
		return []any{one}, err
	}
	parts, wrong := divide(text, func(s string) (string, bool) { return x.find(s) })
	if wrong != "" {
		return nil, r.noSuchOption(wrong)
	}
	all := make([]any, 0, len(parts))
	for _, part := range parts {
		if !slices.Contains(all, any(part)) {
			all = append(all, part)
		}
	}
	return all, nil
}

const (
	// dividedParts bounds the values in one text.
	dividedParts = 200
	// joinedParts is the most separators that a name may hold itself.
	joinedParts = 6
)

// divide cuts a text at its commas, semicolons and line breaks into names that find knows. Names may hold such signs
// themselves: the longest that is known counts. wrong is the first part that is no name.
func divide(text string, find func(string) (string, bool)) (names []string, wrong string) {
	cuts := []int{0} // where parts begin; the sign in front belongs to none
	for i := 0; i < len(text); i++ {
		if c := text[i]; c == ',' || c == ';' || c == '\n' {
			if cuts = append(cuts, i+1); len(cuts) > dividedParts*joinedParts {
				return nil, clip(text, optionBytes)
			}
		}
	}
	cuts = append(cuts, len(text)+1)
	for i := 0; i+1 < len(cuts); {
		if len(names) == dividedParts {
			return nil, clip(strings.TrimSpace(text[cuts[i]:]), optionBytes)
		}
		taken := 0
		for j := min(i+joinedParts, len(cuts)-1); j > i; j-- {
			part := strings.TrimSpace(text[cuts[i] : cuts[j]-1])
			if part == "" && j == i+1 {
				taken = 1 // two signs in a row
				break
			}
			if name, ok := find(part); ok && part != "" {
				names, taken = append(names, name), j-i
				break
			}
		}
		if taken == 0 {
			return nil, clip(strings.TrimSpace(text[cuts[i]:cuts[i+1]-1]), optionBytes)
		}
		i += taken
	}
	return names, ""
}
