package ship

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/handshake"
)

// TestDialogs holds what people are told to register for each client to what the doctor knows of the clients.
func TestDialogs(t *testing.T) {
	t.Parallel()
	page := read(t, "deploy/README.md")
	codes := regexp.MustCompile("`([^`]*://[^`]*)`")
	told := 0
	for _, client := range handshake.Profiles() {
		row := regexp.MustCompile(`(?m)^\| ` + client.Name + ` (?:\([^|]*\) )?\|.*\| (.*) \|$`).FindStringSubmatch(page)
		if row == nil {
			continue // a library, or a tool of developers
		}
		told++
		var has []string
		for _, code := range codes.FindAllStringSubmatch(row[1], -1) {
			has = append(has, code[1])
		}
		for _, redirect := range client.Redirects {
			if client.ID == "vscode" && strings.Contains(redirect, "{port}") {
				continue // providers take the one without a port for any
			}
			if want := strings.ReplaceAll(redirect, "{port}", "8765"); !slices.Contains(has, want) {
				t.Errorf("deploy/README.md has for %s %q, without %s", client.Name, has, want)
			}
		}
	}
	if told != 5 {
		t.Errorf("it tells of %d clients", told)
	}
}
