package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"testing"
)

// Whatever the bytes: no panic, problems have a place, and what is accepted can be printed and read again.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/valid-*.yaml", "testdata/invalid-*.yaml"} {
		for _, file := range glob(f, pattern) {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			if len(data) < 4<<10 {
				f.Add(data)
			}
		}
	}
	opts := testOptions()
	again := testOptions()
	again.acceptRedacted = true
	f.Fuzz(func(t *testing.T, data []byte) {
		cfg, warnings, err := Parse("fuzz.yaml", data, opts)
		if (cfg == nil) == (err == nil) {
			t.Fatalf("a configuration and an error, or neither: %v", err)
		}
		for _, w := range warnings {
			if w.Line < 1 || w.Column < 1 || w.Message == "" {
				t.Errorf("a warning without a place: %#v", w)
			}
		}
		if err != nil {
			var problems *Problems
			if !errors.As(err, &problems) || len(problems.List) == 0 {
				t.Fatalf("not problems: %v", err)
			}
			for _, p := range problems.List {
				if p.Line < 1 || p.Column < 1 || p.Message == "" {
					t.Errorf("a problem without a place: %#v", p)
				}
			}
			return
		}
		effective, err := cfg.Redacted()
		if err != nil {
			t.Fatal(err)
		}
		second, _, err := Parse("effective.yaml", effective, again)
		if err != nil {
			t.Fatalf("the effective configuration is refused: %v\n%s", err, effective)
		}
		twice, err := second.Redacted()
		if err != nil || !bytes.Equal(effective, twice) {
			t.Fatalf("the effective configuration changes when read again (%v):\n%s\n%s", err, effective, twice)
		}
	})
}

// A text survives wherever text may stand, or is refused there.
func FuzzText(f *testing.F) {
	for _, text := range []string{"plain", "off", "007", "1e3", "~", "- a", "a: b", "a #b", "'", `"`, `\`, "*a", "&a",
		"!a", "%a", "@a", "`a", "?", "? a", ":", "|", ">", "{a}", "[a]", "a,b", " a ", "\u2028", "\ufeff", "\U0001F600",
		"<<", "null", "2026-01-31", "0x1F", "1:30", ".inf", "=", "---", "...", "y"} {
		f.Add(text)
	}
	opts := testOptions()
	opts.acceptRedacted = true
	f.Fuzz(func(t *testing.T, text string) {
		quoted, err := json.Marshal(text)
		if err != nil {
			t.Skip("not text")
		}
		var same string
		if json.Unmarshal(quoted, &same) != nil || same != text {
			t.Skip("not UTF-8")
		}
		q := string(quoted)
		file := "public_url: https://mcp.example.com/mcp\nresource: {name: " + q + "}\ncoda: {token: x}\n" +
			"issuers: [{url: \"https://id.example.com\", client_ids: [" + q + ", a], required_claims: {" + q + ": [" + q +
			", 1]}, claims: {roles: " + q + "}}]\n" +
			"access: [{when: {roles: [" + q + "], claims: {" + q + ": " + q + "}}, allow: [read]}]\n"
		cfg, _, err := Parse("text.yaml", []byte(file), opts)
		if err != nil {
			return
		}
		if got := cfg.Resource.Name; got != text {
			t.Fatalf("%q is read as %q", text, got)
		}
		effective, err := cfg.Redacted()
		if err != nil {
			t.Fatal(err)
		}
		again, _, err := Parse("effective.yaml", effective, opts)
		if err != nil {
			t.Fatalf("%q: %v\n%s", text, err, effective)
		}
		a, b := cfg.Issuers[0], again.Issuers[0]
		if !reflect.DeepEqual(cfg.Access, again.Access) || !reflect.DeepEqual(a.ClientIDs, b.ClientIDs) ||
			!reflect.DeepEqual(a.RequiredClaims, b.RequiredClaims) ||
			!reflect.DeepEqual(a.Claims, b.Claims) || again.Resource != cfg.Resource {
			t.Fatalf("%q changes when read again:\n%s", text, effective)
		}
	})
}
