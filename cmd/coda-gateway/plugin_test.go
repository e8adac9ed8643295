package main

import (
	"regexp"
	"testing"

	"github.com/bestviable/coda-gateway/mcptools"
)

// TestPluginSkill: the skill and the page of the plugin name tools that are always there.
func TestPluginSkill(t *testing.T) {
	t.Parallel()
	core := map[string]bool{}
	for _, tool := range mcptools.Catalogue() {
		core[tool.Name] = tool.Set == ""
	}
	named := regexp.MustCompile(`coda_[a-z_]+[a-z]`).FindAllString(pluginSkill+pluginReadme, -1)
	if len(named) < 10 {
		t.Fatalf("only %q", named)
	}
	for _, name := range named {
		if !core[name] {
			t.Errorf("%s is no core tool", name)
		}
	}
}
