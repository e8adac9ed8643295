package config

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"

	"go.yaml.in/yaml/v3"
)

// A file that is just being saved may be read half, and half a file must not open anything. So whoever notices a
// change by watching asks [Lost] what the new file no longer has that kept something closed, and waits where that is
// anything. It looks at every key of [File]: a key counts as keeping something closed unless its tag says otherwise, so
// that a new one is on the safe side from its first day.

// looseness says how little depends on a key that is lost. Without it each value of the key keeps something closed.
type looseness string

const (
	// free: nothing opens where the key and what stands below it is gone, or it takes a restart anyway.
	free looseness = "free"
	// whole: the fewer values it has, the less is allowed, until the key itself is gone.
	whole looseness = "whole"
)

// Lost names what next no longer has of what kept something closed before: keys, and entries of lists. Keys that still
// stand there with another value were changed, not lost, unless next is the beginning of before: then it was cut off.
func Lost(before, next *Config) []string {
	l := &losses{
		before: before.written, next: next.written,
		cut: len(next.text) < len(before.text) && bytes.HasPrefix(before.text, bytes.TrimRight(next.text, "\r\n")),
	}
	l.section(at{}, reflect.ValueOf(before.File), reflect.ValueOf(next.File))
	return l.found
}

// losses compares two files.
type losses struct {
	// before and next are the keys that the files name.
	before, next map[string]place
	// cut: next is the beginning of before.
	cut   bool
	found []string
}

// at is where a key stands: as a pattern, and in both files.
type at struct{ pattern, before, next string }

func (a at) key(k string) at { return at{join(a.pattern, k), join(a.before, k), join(a.next, k)} }

func (a at) item(before, next int) at {
	return at{a.pattern + "[]", item(a.before, before), item(a.next, next)}
}

func (l *losses) add(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(l.found, text) {
		l.found = append(l.found, text)
	}
}

func (l *losses) wrote(a at) bool { _, ok := l.before[a.before]; return ok }
func (l *losses) has(a at) bool   { _, ok := l.next[a.next]; return ok }

// section compares two mappings with fixed keys.
func (l *losses) section(a at, before, next reflect.Value) {
	for _, f := range fieldsOf(before.Type()) {
		here := a.key(f.key)
		b, n := before.Field(f.index), next.Field(f.index)
		typ := f.typ
		if typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
			b, n = pointed(b), pointed(n)
		}
		switch {
		case f.lost == free || typ == reflect.TypeFor[secretText]():
		case isSection(typ):
			l.section(here, b, n)
		case here.pattern == "issuers":
			l.issuers(here, b, n)
		case here.pattern == "access":
			l.access(here, b, n)
		case here.pattern == "coda.credentials":
			l.credentials(here, b, n)
		default:
			l.values(here, f.lost, b, n)
		}
	}
}

// pointed is what a pointer points to, or the defaults where there is nothing.
func pointed(v reflect.Value) reflect.Value {
	if !v.IsNil() {
		return v.Elem()
	}
	fresh := reflect.New(v.Type().Elem()).Elem()
	if isSection(fresh.Type()) {
		setDefaults(fresh)
	}
	return fresh
}

// values compares what a key has: one value, a list or a map.
func (l *losses) values(a at, kind looseness, before, next reflect.Value) {
	if !l.wrote(a) || same(before, next) {
		return
	}
	entries := before.Kind() == reflect.Slice && isSection(before.Type().Elem())
	emptied := before.Kind() == reflect.Slice && next.Len() == 0
	switch {
	case entries && missing(before, next):
		l.add("an entry of %s", a.next)
	case !l.has(a) || l.cut || emptied:
		l.add("%s", a.next)
	case kind == "" && missing(before, next):
		l.add("an entry of %s", a.next)
	}
}

// missing tells whether a list or a map lacks an entry that it had.
func missing(before, next reflect.Value) bool {
	switch before.Kind() {
	case reflect.Slice:
		for i := range before.Len() {
			if !contains(next, before.Index(i)) {
				return true
			}
		}
	case reflect.Map:
		for iter := before.MapRange(); iter.Next(); {
			if v := next.MapIndex(iter.Key()); !v.IsValid() || !same(iter.Value(), v) {
				return true
			}
		}
	}
	return false
}

func contains(list, value reflect.Value) bool {
	for i := range list.Len() {
		if same(list.Index(i), value) {
			return true
		}
	}
	return false
}

// same compares two values as the file writes them.
func same(a, b reflect.Value) bool { return written(a) == written(b) }

func written(v reflect.Value) string {
	text, err := yaml.Marshal(encode(v))
	if err != nil {
		panic(fmt.Sprintf("config: %v", err)) // encode makes what can be written
	}
	return string(text)
}

// issuers compares each issuer with the one of the same URL.
func (l *losses) issuers(a at, before, next reflect.Value) {
	list := next.Interface().([]issuerFile)
	for i, issuer := range before.Interface().([]issuerFile) {
		j := slices.IndexFunc(list, func(f issuerFile) bool { return f.URL == issuer.URL })
		if j < 0 {
			l.add("the issuer %s", issuer.URL)
			continue
		}
		l.section(a.item(i, j), before.Index(i), next.Index(j))
	}
}

// access compares grants. They add up, so that one which is gone opens nothing; one that is new is meant, unless it is
// what is left of one that is gone.
func (l *losses) access(a at, before, next reflect.Value) {
	if l.wrote(a) && !l.has(a) {
		l.add("%s", a.next)
		return
	}
	for j := range next.Len() {
		if contains(before, next.Index(j)) {
			continue
		}
		if l.cut {
			l.add("the whole of %s", item(a.next, j))
			continue
		}
		var least []string
		for i := range before.Len() {
			if contains(next, before.Index(i)) || !l.isRest(a.item(i, j), before.Index(i), next.Index(j)) {
				continue
			}
			rest := &losses{before: l.before, next: l.next, cut: l.cut}
			rest.section(a.item(i, j), before.Index(i), next.Index(j))
			if least == nil || len(rest.found) < len(least) {
				least = append([]string{}, rest.found...)
			}
		}
		for _, lost := range least {
			l.add("%s", lost)
		}
	}
}

// credentials compares the entries of coda.credentials. Whoever an entry is gone for falls to a later one, or to the
// account that is for everybody.
func (l *losses) credentials(a at, before, next reflect.Value) {
	if next.Len() < before.Len() {
		l.add("an entry of %s", a.next)
	}
	for j := range min(before.Len(), next.Len()) {
		switch {
		case contains(before, next.Index(j)) || contains(next, before.Index(j)):
		case l.cut:
			l.add("the whole of %s", item(a.next, j))
		default:
			l.section(a.item(j, j), before.Index(j), next.Index(j))
		}
	}
}

// isRest tells whether a grant may be what is left of another: it allows nothing else, and has no other conditions.
func (l *losses) isRest(a at, before, next reflect.Value) bool {
	was, is := before.Interface().(grantFile), next.Interface().(grantFile)
	if slices.ContainsFunc(is.Allow, func(allowed string) bool { return !slices.Contains(was.Allow, allowed) }) {
		return false
	}
	when := a.key("when")
	for _, f := range fieldsOf(reflect.TypeFor[whenFile]()) {
		if condition := when.key(f.key); l.has(condition) && !l.wrote(condition) {
			return false
		}
	}
	return true
}

// eachLoss tells for each key of the file what its loss means.
func eachLoss(pattern string, t reflect.Type, yield func(pattern string, l looseness)) {
	for _, f := range fieldsOf(t) {
		here, typ := join(pattern, f.key), f.typ
		if typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		if typ.Kind() == reflect.Slice && isSection(typ.Elem()) {
			typ, here = typ.Elem(), here+"[]"
		}
		switch {
		case f.lost == free || typ == reflect.TypeFor[secretText]() || typ == reflect.TypeFor[[]secretText]():
			yield(here, free)
		case isSection(typ) && here != "revoked[]" && here != "access[].hide[]":
			eachLoss(here, typ, yield)
		default:
			yield(here, f.lost)
		}
	}
}
