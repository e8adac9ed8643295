package pages

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/coda"
)

// What Coda would not take is refused, most of it before it is parsed, and nothing that it takes is.
func TestTooLongAsHTML(t *testing.T) {
	const head = "| a | b |\n| :-- | --- |\n"
	rows := strings.Repeat("| 1 | x |\n", 70_000)
	long := strings.Repeat("| "+strings.Repeat("word & ", 50)+" | x |\n", 5_000)
	for name, c := range map[string]struct {
		in                string
		refused, unparsed bool
	}{
		"many rows":              {head + rows, true, true},
		"behind text":            {"# Title\n\nwords\n\n- point\n\n" + head + rows, true, true},
		"many tables":            {strings.Repeat("\n"+head+rows[:10_000]+"\n", 75), true, true},
		"with carriage returns":  {strings.ReplaceAll(head+rows, "\n", "\r\n"), true, true},
		"empty rows":             {"|a|b|c|d|\n|-|-|-|-|\n" + strings.Repeat("|\n", 50_000), true, true},
		"right behind words":     {"words\n" + head + rows, true, false},
		"without bars outside":   {"a | b\n--- | ---\n" + strings.ReplaceAll(rows, "| 1", "1"), true, false},
		"long cells":             {head + long, true, false},
		"few rows":               {head + rows[:200_000], false, false},
		"with a task":            {head + rows + "\n- [x] done\n", false, false},
		"in code":                {"```\n\n" + head + rows + "```\n", false, false},
		"behind code of a list":  {"1. - ~~~\n\n" + head + rows + "```\n", true, false},
		"in HTML":                {"<pre>\n\n" + head + rows + "</pre>\n", false, false},
		"no delimiters":          {"| a | b |\n" + rows, false, false},
		"other number":           {"| a | b | c |\n| --- | --- |\n" + rows, false, false},
		"a bar that is escaped":  {"| a | b \\| c |\n|---|---|---|\n" + rows, true, false},
		"an empty cell too many": {"|||\n|-|-|\n" + rows, true, false},
		"a list of bars":         {strings.Repeat("|", 500_000), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tooLongAsHTML([]byte(c.in)); got != c.unparsed {
				t.Errorf("known to be too long without parsing: %v", got)
			}
			_, err := importing(t.Context(), coda.Markdown, c.in)
			if refused := err != nil; refused != c.refused {
				t.Fatalf("refused: %v", err)
			}
			if err != nil && !strings.Contains(err.Error(), "2,097,152 bytes") {
				t.Error(err)
			}
			if c.unparsed {
				if n := testing.AllocsPerRun(1, func() { _, _ = importing(t.Context(), coda.Markdown, c.in) }); n > 100 {
					t.Errorf("to refuse it takes %.0f allocations", n)
				}
			}
		})
	}
}

// Nobody reads a text for whom nobody waits.
func TestImportingCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for format, in := range map[coda.ContentFormat]string{
		coda.Markdown: strings.Repeat("- a *b* [c](d)\n\n# e\n\n", 50_000),
		coda.HTML:     strings.Repeat("<p style='x'><b>a</b></p>", 50_000),
	} {
		if n := testing.AllocsPerRun(1, func() {
			if _, err := importing(ctx, format, in); !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", format, err)
			}
		}); n > 100 {
			t.Errorf("%s: %.0f allocations", format, n)
		}
	}
}
