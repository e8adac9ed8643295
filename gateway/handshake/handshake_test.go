package handshake

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Each code stands once in the catalogue and once as a heading of the README, which says how it shows and what to do.
func TestCatalogueAndREADME(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]string{}
	for _, s := range strings.Split("\n"+string(data), "\n### ")[1:] {
		name, text, _ := strings.Cut(s, "\n")
		if _, twice := sections[name]; twice {
			t.Errorf("README.md: %s is a heading twice", name)
		}
		if i := strings.Index(text, "\n## "); i >= 0 {
			text = text[:i]
		}
		sections[name] = text
	}
	seen := map[Code]bool{}
	for _, e := range Catalogue() {
		if seen[e.Code] {
			t.Errorf("%s stands twice in the catalogue", e.Code)
		}
		seen[e.Code] = true
		if !regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`).MatchString(string(e.Code)) {
			t.Errorf("%s is no code: GitHub would make another anchor of it", e.Code)
		}
		if e.Title == "" || e.Fault == "" || e.Severity.rank() < 0 || strings.HasSuffix(e.Title, ".") {
			t.Errorf("%s: %+v is not whole", e.Code, e)
		}
		text, ok := sections[string(e.Code)]
		switch {
		case !ok:
			t.Errorf("README.md has no heading %q", "### "+e.Code)
		case !strings.Contains(text, "**Shows as:** ") || !strings.Contains(text, "**Do:** "):
			t.Errorf("README.md: %s does not say how it shows and what to do", e.Code)
		}
		delete(sections, string(e.Code))
		for _, c := range e.Clients {
			if p, ok := ProfileOf(c); !ok || p.ID != c {
				t.Errorf("%s concerns %s, which is no client", e.Code, c)
			}
		}
		for _, d := range e.DependsOn {
			if _, ok := Find(d); !ok {
				t.Errorf("%s depends on %s, which does not exist", e.Code, d)
			}
		}
		if follows(e.Code, e.Code) {
			t.Errorf("%s follows from itself", e.Code)
		}
	}
	for name := range sections {
		t.Errorf("README.md: %s is no code", name)
	}
}

func TestRecognise(t *testing.T) {
	t.Parallel()
	for agent, want := range map[string]string{
		"Claude-User": "claude", "python-httpx/0.28.1": "claude", "claude-code/2.1.280 (cli)": "claude-code",
		"Bun/1.3.2": "claude-code", "openai-mcp/1.0.0": "chatgpt", "Python/3.12 aiohttp/3.13.2": "chatgpt",
		"Cursor/2.0": "cursor", "node": "typescript-sdk", "": "", "curl/8": "", "Mozilla/5.0": "",
	} {
		if p, ok := Recognise(agent); p.ID != want || ok != (want != "") {
			t.Errorf("%q is %q, want %q", agent, p.ID, want)
		}
	}
	for _, p := range Profiles() {
		if len(p.Redirects) == 0 || len(p.Ways) == 0 || p.Name == "" {
			t.Errorf("%s is not whole", p.ID)
		}
		if found, ok := ProfileOf(strings.ToUpper(p.Name)); !ok || found.ID != p.ID {
			t.Errorf("%s is not found by its name", p.ID)
		}
		for _, b := range p.Bugs {
			if !regexp.MustCompile(`^[\w.-]+/[\w.-]+#\d+$`).MatchString(b.Ref) {
				t.Errorf("%s: %q is no bug's number", p.ID, b.Ref)
			}
		}
	}
}

// What is sent is what the clients send: Claude asks for a secret, VS Code names scopes.
func TestRegister(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"claude": `{"client_name":"Claude","redirect_uris":["https://claude.ai/api/mcp/auth_callback"],` +
			`"token_endpoint_auth_method":"client_secret_post","grant_types":["authorization_code","refresh_token"],` +
			`"response_types":["code"]}`,
		"vscode": `{"client_name":"Visual Studio Code","redirect_uris":["http://127.0.0.1:50123/","http://127.0.0.1/",` +
			`"http://127.0.0.1:33418/","https://vscode.dev/redirect","https://insiders.vscode.dev/redirect"],` +
			`"token_endpoint_auth_method":"none","grant_types":["authorization_code","refresh_token"],` +
			`"response_types":["code"],"application_type":"native","client_uri":"https://code.visualstudio.com",` +
			`"scope":"coda:read coda:write"}`,
	} {
		p, _ := ProfileOf(id)
		got, err := json.Marshal(p.Register(50123, []string{"coda:read", "coda:write"}))
		if err != nil || string(got) != want {
			t.Errorf("%s:\n got %s\nwant %s", id, got, want)
		}
	}
}

// A cause takes its consequences away, one that stops other clients does not, and each client stops at the first.
func TestSettle(t *testing.T) {
	t.Parallel()
	claude, _ := ProfileOf("claude")
	code, _ := ProfileOf("vscode")
	r := Report{Reached: ResourceMetadata, Events: []Event{
		{Step: Challenge, Findings: []Finding{New(ChallengeRenamed, "x", "y"), New(ChallengeMissing, "x", "y")}},
		{Step: ResourceMetadata, Findings: []Finding{New(ChallengeNoMetadata, "x", "y"), New(ServersSeveral, "x", "y")}},
		{Step: ServerMetadata, Findings: []Finding{New(NoS256, "x", "y"), New(NoS256, "x", "y")}},
	}}
	r.Settle([]Profile{claude, code})
	var codes []Code
	for _, f := range r.Findings() {
		codes = append(codes, f.Code)
	}
	if want := []Code{ChallengeRenamed, ServersSeveral, NoS256}; !slices.Equal(codes, want) {
		t.Errorf("kept %s, want %s", codes, want)
	}
	if len(r.Follow) != 2 || r.OK || len(r.Verdicts) != 2 || r.Verdicts[0].Step != Challenge {
		t.Errorf("%+v", r)
	}
	healthy := Report{Reached: ServerMetadata}
	healthy.Settle([]Profile{claude, code})
	if !healthy.OK || healthy.Verdicts[1].Outcome != Connects {
		t.Errorf("%+v", healthy)
	}
	onlyClaude := Report{Reached: ServerMetadata, Events: []Event{{Findings: []Finding{New(NoS256, "x", "y")}}}}
	onlyClaude.Settle([]Profile{claude, code})
	if onlyClaude.Verdicts[0].Outcome != Stops || onlyClaude.Verdicts[1].Outcome != Connects {
		t.Errorf("%+v", onlyClaude.Verdicts)
	}
}

func TestStepsAsText(t *testing.T) {
	t.Parallel()
	for _, s := range Steps() {
		text, err := s.MarshalText()
		var back Step
		if err != nil || back.UnmarshalText(text) != nil || back != s || strings.Contains(string(text), " ") ||
			s.Purpose() == "" {
			t.Errorf("%s: %s, %v, %v", s, text, back, err)
		}
	}
	if new(Step).UnmarshalText([]byte("x")) == nil {
		t.Error("x is a step")
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"a\x1b[2Jb": "a�[2Jb", "a\u202eb": "a�b", "a\r\nb": "a  b", "äöü": "äöü",
		"123456789": "12345678…", "\xff": "�"} {
		if got := Clean(in, 8); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// The model is data: whoever looks from inside must not get the walk from outside with it.
func TestImportsNothingOfOurs(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(data), `"github.com/bestviable/`+`coda-gateway/`) {
			t.Errorf("%s imports a package of ours", name)
		}
	}
}
