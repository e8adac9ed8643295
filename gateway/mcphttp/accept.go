package mcphttp

import (
	"mime"
	"strconv"
	"strings"
)

// isJSON says whether a Content-Type is application/json, with any parameters.
func isJSON(contentType string) bool {
	if contentType == "application/json" {
		return true
	}
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && media == "application/json"
}

// accepts says which of the two kinds of answer a client takes. A missing header accepts all (RFC 9110 §12.5.1);
// clients that name one only, against the letter of MCP, get that one.
func accepts(values []string) (json, events bool) {
	if len(values) == 0 {
		return true, false
	}
	for _, value := range values {
		for element := range strings.SplitSeq(value, ",") {
			media, _, _ := strings.Cut(element, ";")
			switch strings.ToLower(strings.TrimSpace(media)) {
			case "application/json", "application/*", "*/*":
				json = true
			case "text/event-stream", "text/*":
				events = true
			}
		}
	}
	return json, events
}

// sizeOf writes a number of bytes for people.
func sizeOf(n int64) string {
	if n >= 1<<20 {
		return strconv.FormatInt(n>>20, 10) + " MiB"
	}
	return strconv.FormatInt(n>>10, 10) + " KiB"
}
