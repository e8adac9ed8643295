package config

import (
	"bytes"
	"errors"
	"os"
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
