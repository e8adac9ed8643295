package pages

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/provider"
)

// cmdlets are those of AD FS 2019 that the script uses, with their parameters, by Microsoft's reference of the module.
const cmdlets = `
Get-AdfsScopeDescription Name
Add-AdfsScopeDescription Name Description
Get-AdfsApplicationGroup ApplicationGroupIdentifier
New-AdfsApplicationGroup Name ApplicationGroupIdentifier
Get-AdfsNativeClientApplication Name
Add-AdfsNativeClientApplication Name ApplicationGroupIdentifier Identifier RedirectUri
Get-AdfsWebApiApplication Identifier
Add-AdfsWebApiApplication Name ApplicationGroupIdentifier Identifier AccessControlPolicyName IssuanceTransformRules
Set-AdfsWebApiApplication TargetIdentifier IssuanceTransformRules
Get-AdfsApplicationPermission ClientRoleIdentifiers
Grant-AdfsApplicationPermission ClientRoleIdentifier ServerRoleIdentifier ScopeNames
Get-AdfsProperties
`

// The script for AD FS calls what there is, names what the console's steps name, and issues what the preset reads.
// Nothing here runs PowerShell.
func TestPowerShell(t *testing.T) {
	t.Parallel()
	known := map[string][]string{}
	for line := range strings.Lines(strings.TrimSpace(cmdlets)) {
		words := strings.Fields(line)
		known[words[0]] = words[1:]
	}
	script := strings.ReplaceAll(read(t, deploy+"adfs/setup.ps1"), "`\n", " ")
	code, rules, _ := strings.Cut(script, "@'\n")
	rules, rest, closed := strings.Cut(rules, "\n'@")
	code += "''" + rest
	for _, pair := range []string{"{}", "()", "[]"} {
		if strings.Count(code, pair[:1]) != strings.Count(code, pair[1:]) {
			t.Errorf("%s do not match", pair)
		}
	}
	if !closed || strings.Count(code, `"`)%2 != 0 {
		t.Error("a string does not end")
	}
	texts := regexp.MustCompile(`'[^'\n]*'|"[^"\n]*"`)
	used := map[string]bool{}
	for _, call := range regexp.MustCompile(`\w+-Adfs\w+[^\n|)]*`).FindAllString(texts.ReplaceAllString(code, "''"), -1) {
		words := strings.Fields(call)
		parameters, ok := known[words[0]]
		if used[words[0]] = true; !ok {
			t.Errorf("AD FS has no %s", words[0])
		}
		for _, w := range words[1:] {
			if name, is := strings.CutPrefix(w, "-"); is && !slices.Contains(parameters, name) {
				t.Errorf("%s has no -%s", words[0], name)
			}
		}
	}
	if len(used) != len(known) {
		t.Errorf("it calls %v", used)
	}
	p, err := provider.Find("adfs")
	if err != nil {
		t.Fatal(err)
	}
	steps := strings.Join(p.Console, "\n")
	for _, want := range []string{"https://claude.ai/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback",
		"coda:read", "coda:write", "openid"} {
		if !strings.Contains(code, "'"+want+"'") || !strings.Contains(steps, want) {
			t.Errorf("%s is not in both script and steps", want)
		}
	}
	for _, claim := range []string{"sub", "email", "group"} {
		if !strings.Contains(rules, `"`+claim+`"`) || !strings.Contains(steps, claim) {
			t.Errorf("the rules issue no %s, or the steps do not want it", claim)
		}
	}
}
