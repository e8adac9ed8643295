package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/config"
)

// limitsMeaning says how much people may do of what they may, and who counts it.
func limitsMeaning(cfg *config.Config) string {
	l := cfg.Limits
	var parts []string
	if may := describeLimit(l.PerPerson); may != "" {
		parts = append(parts, "a person may make "+may)
	}
	if may := describeLimit(l.PerClient); may != "" {
		parts = append(parts, "all people of one client together "+may)
	}
	for _, tool := range slices.Sorted(maps.Keys(l.Tools)) {
		parts = append(parts, fmt.Sprintf("a person with %s %s", tool, l.Tools[tool]))
	}
	if len(parts) == 0 {
		return "Nobody's calls are limited."
	}
	text := strings.Join(parts, "; ")
	who := "each replica counts for itself"
	if host := l.Store.Host; host != "" {
		who = "replicas count together in " + host
	}
	return strings.ToUpper(text[:1]) + text[1:] + "; " + who + "."
}

func describeLimit(l config.Limit) string {
	var parts []string
	if l.Calls.Requests > 0 {
		parts = append(parts, l.Calls.String()+" calls")
	}
	if l.AtOnce > 0 {
		parts = append(parts, fmt.Sprintf("%d calls at once", l.AtOnce))
	}
	return strings.Join(parts, " and ")
}

// limitChanges says which limits differ between two configurations.
func limitChanges(before, after *config.Config) []string {
	var out []string
	add := func(key, was, is string) {
		if was != is {
			out = append(out, fmt.Sprintf("! limits.%s was %s, is %s", key, orNone(was), orNone(is)))
		}
	}
	was, is := before.Limits, after.Limits
	add("store", was.Store.Host, is.Store.Host)
	add("per_person", describeLimit(was.PerPerson), describeLimit(is.PerPerson))
	add("per_client", describeLimit(was.PerClient), describeLimit(is.PerClient))
	add("tools", describeTools(was.Tools), describeTools(is.Tools))
	return out
}

func describeTools(tools map[string]config.Rate) string {
	var parts []string
	for _, tool := range slices.Sorted(maps.Keys(tools)) {
		parts = append(parts, tool+" "+tools[tool].String())
	}
	return strings.Join(parts, ", ")
}
