package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/provider"
)

// initAnswers are what somebody with the provider would say; others are as with generic.
func initAnswers(name string) []string {
	switch name {
	case "entra":
		return []string{"--issuer", "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0",
			"--audience", "44444444-2222-3333-4444-555555555555",
			"--scope-prefix", "api://44444444-2222-3333-4444-555555555555/"}
	case "azureb2c":
		return []string{"--issuer",
			"https://company.b2clogin.com/tfp/11111111-2222-3333-4444-555555555555/b2c_1_signin/v2.0/",
			"--audience", "44444444-2222-3333-4444-555555555555", "--scope-prefix", "https://company.onmicrosoft.com/coda/"}
	case "auth0":
		return []string{"--issuer", "https://company.eu.auth0.com/"}
	case "authentik":
		return []string{"--issuer", "https://id.example.com/application/o/company/"}
	case "okta":
		return []string{"--issuer", "https://company.okta.com/oauth2/default"}
	case "cognito":
		return []string{"--issuer", "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_abc",
			"--scope-prefix", "https://mcp.example.com/mcp/"}
	case "adfs":
		return []string{"--issuer", "http://sts.example.com/adfs/services/trust"}
	case "github":
		return []string{"--issuer", "https://token.actions.githubusercontent.com", "--writers", "company/handbook",
			"--readers", "company/site"}
	case "gitlab":
		return []string{"--issuer", "https://gitlab.com", "--writers", "company/handbook"}
	case "cloudflare":
		return []string{"--issuer", "https://company.cloudflareaccess.com", "--audience", "abc123", "--writers", "editors"}
	case "zitadel", "dex":
		return []string{"--issuer", "https://id.example.com", "--audience", "123456", "--writers", "editors, admins",
			"--readers", "staff"}
	}
	return []string{"--issuer", "https://id.example.com/realms/company"}
}

// What init writes is accepted by check, with every provider, and without a warning wherever people sign in.
func TestInitProviders(t *testing.T) {
	t.Parallel()
	env := func(name string) (string, bool) { return "secret-of-coda", name == "CODA_TOKEN" }
	for _, name := range provider.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "gateway.yaml")
			var stdout, stderr bytes.Buffer
			args := append([]string{"init", "--out", file, "--public-url", "https://mcp.example.com/mcp", "--provider", name,
				"--coda-token-env", "CODA_TOKEN"}, initAnswers(name)...)
			if code := run(context.Background(), args, strings.NewReader(""), &stdout, &stderr, env); code != exitOK {
				t.Fatalf("init: %d\n%s", code, &stderr)
			}
			p, err := provider.Find(name)
			if err != nil {
				t.Fatal(err)
			}
			out := stdout.String()
			if !strings.Contains(out, p.Title) || strings.Count(out, "\n  1. ") != 1 || strings.Contains(out, "<public_url>") {
				t.Errorf("it does not say what to do at the provider:\n%s", out)
			}
			if signsIn := p.Elsewhere == ""; strings.Contains(out, "In Claude:") != signsIn ||
				strings.Contains(out, "--sign-in") != signsIn {
				t.Errorf("it sends people to sign in where nobody does, or does not:\n%s", out)
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if name == "adfs" && !strings.Contains(string(text), "sign_in: https://sts.example.com/adfs\n") {
				t.Errorf("people are sent to the issuer, where nobody signs in:\n%s", text)
			}
			check := []string{"check", "--config", file}
			if p.Elsewhere == "" {
				check = append(check, "--strict")
			}
			stderr.Reset()
			if code := run(context.Background(), check, strings.NewReader(""), discard{}, &stderr, env); code != exitOK {
				t.Errorf("check: %d\n%s\n%s", code, &stderr, text)
			}
			if p.Elsewhere != "" && strings.Count(stderr.String(), "warning:") != 1 {
				t.Errorf("more to warn of than that nobody signs in:\n%s", &stderr)
			}
		})
	}
}

// Ctrl-C while init waits for an answer ends it, and nothing is there.
func TestInitInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	in := asked{cancel, make(chan struct{})}
	defer close(in.never)
	file := filepath.Join(t.TempDir(), "gateway.yaml")
	var stderr bytes.Buffer
	none := func(string) (string, bool) { return "", false }
	code := run(ctx, []string{"init", "--out", file}, in, discard{}, &stderr, none)
	if code != exitFailed || !strings.Contains(stderr.String(), "nothing was written: interrupted") {
		t.Errorf("%d: %s", code, &stderr)
	}
	if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// asked is a terminal where Ctrl-C is pressed as soon as somebody reads from it.
type asked struct {
	pressed context.CancelFunc
	never   chan struct{}
}

func (a asked) Read([]byte) (int, error) {
	a.pressed()
	<-a.never
	return 0, os.ErrClosed
}
