package call

import "slices"

// methods are those of the protocol that arrive here.
var methods = []string{
	"completion/complete", "initialize", "logging/setLevel", "notifications/cancelled", "notifications/initialized",
	"notifications/progress", "notifications/roots/list_changed", "ping", "prompts/get", "prompts/list",
	"resources/list", "resources/read", "resources/subscribe", "resources/templates/list", "resources/unsubscribe",
	"server/discover", "subscriptions/listen", "tools/call", "tools/list",
}

// KnownMethod is a method's name by itself, not a part of the message that it came in, and whether the protocol has it:
// what counts calls or names them must not take what clients make up.
func KnownMethod(name string) (own string, known bool) {
	if at, known := slices.BinarySearch(methods, name); known {
		return methods[at], true
	}
	return "", false
}
