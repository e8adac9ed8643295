package config

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/bestviable/coda-gateway/coda/near"
	"github.com/bestviable/coda-gateway/gateway/access"
)

// Limits say how much a person, a client and a person with one tool may do.
type Limits struct {
	Store                LimitStore
	PerPerson, PerClient Limit
	// Tools are calls of each person by the tool's name.
	Tools map[string]Rate
}

// Limit is how many calls are let through.
type Limit struct {
	// Calls is the rate; the zero Rate = any number.
	Calls Rate
	// AtOnce is how many may run at the same time; 0 = any number.
	AtOnce int
}

// callRate is a rate, or 0 for none.
type callRate struct{ Rate }

// UnmarshalText takes 0, or calls/time.
func (r *callRate) UnmarshalText(text []byte) error {
	if string(text) == "0" {
		r.Rate = Rate{}
		return nil
	}
	if isDigits(string(text)) {
		return fmt.Errorf("%s has no length of time; add it, as in %s/1m, or write 0 for no limit", quote(string(text)), text)
	}
	return r.Rate.UnmarshalText(text)
}

// MarshalText gives calls/time, or 0.
func (r callRate) MarshalText() ([]byte, error) {
	if r.Requests == 0 {
		return []byte("0"), nil
	}
	return r.Rate.MarshalText()
}

// places is how many calls may run at once; 0 = any number.
type places int

const maxPlaces = 10_000

func (*places) anyScalar() {}

// UnmarshalText takes a whole number.
func (p *places) UnmarshalText(text []byte) error {
	raw := string(text)
	n, err := strconv.Atoi(raw)
	if err != nil || !isDigits(raw) || n > maxPlaces {
		return fmt.Errorf("%s is not a number of calls; write a whole number up to %d, as in 8, or 0 for no limit",
			quote(raw), maxPlaces)
	}
	*p = places(n)
	return nil
}

// MarshalText gives the number.
func (p places) MarshalText() ([]byte, error) { return []byte(strconv.Itoa(int(p))), nil }

// limits resolves the section, and holds the names in it to the tools that there are.
func (d *decoder) limits(f *limitsFile, tools []access.Tool, keys []Secret) Limits {
	l := Limits{
		Store:     d.limitStore(f, keys),
		PerPerson: Limit{f.PerPerson.Calls.Rate, int(f.PerPerson.AtOnce)},
		PerClient: Limit{f.PerClient.Calls.Rate, int(f.PerClient.AtOnce)},
		Tools:     map[string]Rate{},
	}
	known := convert(tools, func(t access.Tool) string { return t.Name })
	for _, name := range slices.Sorted(maps.Keys(f.Tools)) {
		at := join("limits.tools", name)
		switch {
		case slices.Contains(known, name):
			if rate := f.Tools[name].Rate; rate.Requests > 0 {
				l.Tools[name] = rate
			}
		case d.said(at) || !d.clean("coda.tool_sets"):
		default:
			d.problem(at, "there is no tool %s%s", quote(name), d.meantTool(name, known))
		}
	}
	return l
}

// meantTool says what to write instead of a name that no tool has.
func (d *decoder) meantTool(name string, known []string) string {
	for _, set := range slices.Sorted(maps.Keys(d.opts.ToolSets)) {
		if slices.ContainsFunc(d.opts.ToolSets[set], func(t access.Tool) bool { return t.Name == name }) {
			return fmt.Sprintf(" among those that are switched on; add %s to coda.tool_sets, or remove it", set)
		}
	}
	if found := near.Mistyped(name, known, 3); len(found) > 0 {
		return "; did you mean " + strings.Join(found, ", ") + "?"
	}
	return "; remove it (name single tools here, not groups or globs)"
}
