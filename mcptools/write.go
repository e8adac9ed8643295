package mcptools

// writeOutput is the shape of a write's answer: whether it is applied, and what it made or changed.
func writeOutput(what string) []field {
	return []field{{"status", kindString, true}, {what, kindObject, false}, {"request_id", kindString, false}, {"warning", kindString, false}}
}
