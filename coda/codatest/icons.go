package codatest

import "slices"

// iconNames are some of the icons that there are. Coda has thousands, under
// the names of its supplier; a name that is missing here may well exist there.
var iconNames = []string{
	"abacus", "about", "address-book", "airplane", "alarm-clock", "anchor", "apple", "archive", "art",
	"average", "baby", "badge", "bank", "bar-chart", "bell", "bicycle", "binoculars", "bird", "book",
	"books", "bookmark", "box", "briefcase", "broom", "bug", "building", "bus", "cake", "calculator",
	"calendar", "camera", "car", "cat", "chart", "chat", "checked", "checklist", "checkmark", "clock",
	"cloud", "coffee", "compass", "confetti", "conference", "contacts", "crown", "database", "diamond",
	"doc", "document", "dog", "edit", "email", "factory", "faq", "feather", "file", "fire", "flag",
	"flash", "folder", "gear", "gift", "globe", "goal", "graduation-cap", "grid", "group", "hammer",
	"handshake", "heart", "help", "home", "idea", "image", "inbox", "info", "key", "laptop", "leaf",
	"light-bulb", "link", "list", "lock", "mail", "map", "megaphone", "microphone", "money", "moon",
	"music", "news", "note", "notebook", "opened-folder", "paint", "paper-plane", "pencil", "people",
	"phone", "picture", "pin", "plan", "planner", "plus", "puzzle", "question-mark", "rocket", "ruler",
	"safe", "search", "services", "settings", "shield", "ship", "shop", "shopping-cart", "smiley",
	"star", "sun", "support", "survey", "table", "tag", "target", "task", "test-tube", "thumb-up",
	"ticket", "timeline", "todo-list", "tools", "train", "trash", "tree", "trophy", "truck", "umbrella",
	"unlock", "user", "users", "video", "warning", "wrench", "zoom-in",
}

// IconNames returns the names that the server knows as icons.
func IconNames() []string { return slices.Clone(iconNames) }

// iconFor is the icon that an object has after a request names one: the name,
// or what it was before, or an error, as the manners have it. "" takes it away.
func (c *call) iconFor(before, name string) (string, error) {
	manner := c.s.behavior.UnknownIcons
	if manner == IconsTaken || name == "" || slices.Contains(iconNames, name) {
		return name, nil
	}
	if manner == IconsRefused {
		return "", badRequest("Could not find an icon named %q.", name)
	}
	return before, nil
}
