package journal

import (
	"strings"

	"github.com/bestviable/coda-gateway/gateway/call"
)

// reasons are the words of gateway/call, which are those of the log's table as well.
var reasons = func() map[call.Reason]call.ReasonEntry {
	out := map[call.Reason]call.ReasonEntry{}
	for _, e := range call.Reasons() {
		out[e.Reason] = e
	}
	return out
}()

// meaning says what a reason means.
func meaning(r call.Reason) string {
	if e, ok := reasons[r]; ok {
		return e.Meaning
	}
	return "No reason was given."
}

// ofReason says what to do about a reason.
func ofReason(r call.Reason) string {
	if e, ok := reasons[r]; ok && e.Do != "Nothing." {
		return e.Do
	}
	return "Look at the log, under the request ids above."
}

// lower begins a sentence in the middle of another one, and ends without a full stop.
func lower(s string) string {
	if s == "" {
		return ""
	}
	first, _, _ := strings.Cut(s, " ")
	if strings.ToUpper(first) == first && len(first) > 1 || strings.HasPrefix(first, "Coda") {
		return strings.TrimSuffix(s, ".")
	}
	return strings.ToLower(s[:1]) + strings.TrimSuffix(s[1:], ".")
}

func pathOf(request string) string {
	_, rest, _ := strings.Cut(request, " ")
	path, _, _ := strings.Cut(rest, " ")
	return path
}
