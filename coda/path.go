package coda

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/bestviable/coda-gateway/coda/near"
)

// DocID is a document's bare id, such as AbCDeFGHiJ: the part after "_d" in a browser link.
type DocID = string

const maxPathValue = 1024

// docSegment returns the position of the {docId} placeholder among the placeholders of a path template.
func docSegment(template string) (int, bool) {
	n := 0
	for segment := range strings.SplitSeq(template, "/") {
		if !strings.HasPrefix(segment, "{") {
			continue
		}
		if segment == "{docId}" {
			return n, true
		}
		n++
	}
	return 0, false
}

// expand fills a path template with its values in order, percent-encoded, and returns the escaped path and the document
// that it names.
func expand(template string, values []string) (path string, doc DocID, err error) {
	var b strings.Builder
	n := 0
	for segment := range strings.SplitSeq(strings.TrimPrefix(template, "/"), "/") {
		b.WriteByte('/')
		if !strings.HasPrefix(segment, "{") {
			b.WriteString(segment)
			continue
		}
		name := strings.Trim(segment, "{}")
		value := values[n]
		n++
		if name == "docId" {
			if err := checkDocID(value); err != nil {
				return "", "", err
			}
			doc = value
		} else if err := checkPathValue(name, value); err != nil {
			return "", "", err
		}
		b.WriteString(url.PathEscape(value))
	}
	return b.String(), doc, nil
}

// checkDocID accepts only what a document id can be made of. The guard decides by this value, so nothing that a server
// or a proxy could read differently may pass.
func checkDocID(id DocID) error {
	if id == "" {
		return fmt.Errorf("no document id given")
	}
	if len(id) > 128 || strings.ContainsFunc(id, notIDRune) {
		return fmt.Errorf("document id %q: an id consists of letters, digits, '_' and '-'; resolve links and names first",
			clip(id, 80))
	}
	return nil
}

func notIDRune(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-')
}

// checkPathValue refuses ids and names that could leave their place in the path once a server or proxy has decoded it
// (RFC 3986 section 5.2.4 removes dot segments): "a/../b" names no page, but it might name another document.
func checkPathValue(name, value string) error {
	if value == "" {
		return fmt.Errorf("%s is empty", name)
	}
	if len(value) > maxPathValue {
		return fmt.Errorf("%s is %d bytes long, more than %d", name, len(value), maxPathValue)
	}
	for decoded, i := value, 0; ; i++ {
		for part := range strings.FieldsFuncSeq(decoded, func(r rune) bool { return r == '/' || r == '\\' }) {
			if part == "." || part == ".." {
				return fmt.Errorf("%s %q contains a dot segment, which may not stand in a path; use the id instead", name,
					clip(value, 80))
			}
		}
		if strings.ContainsFunc(decoded, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return fmt.Errorf("%s %q contains a control character", name, clip(value, 80))
		}
		next, err := url.PathUnescape(decoded)
		if err != nil || next == decoded || i == 3 {
			return nil
		}
		decoded = next
	}
}

// clip shortens s to at most n bytes for a message.
func clip(s string, n int) string { return near.Clip(s, n) }
