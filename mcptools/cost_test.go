package mcptools

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// Whatever somebody who may only read sends, its refusal is short. What it costs beyond reading is told, not judged: a
// test that fails for its time fails on a busy machine.
func TestRefusedQueriesAreShort(t *testing.T) {
	fit := func(size int) int { return size }
	if testing.Short() {
		fit = func(size int) int { return size / 20 }
	}
	long := strings.Repeat("x", fit(1_800_000))
	many := make([]any, fit(95_000))
	columns := make(map[string]any, len(many))
	for i := range many {
		many[i] = fmt.Sprint("unknown ", i)
		columns[fmt.Sprint("unknown ", i)] = i
	}
	calls := map[string]map[string]any{
		"long sort":         {"sort": long},
		"long list":         {"sort": strings.Repeat("Name,", fit(360_000))},
		"many sorts":        {"sort": many},
		"long column":       {"columns": []any{long}},
		"many columns":      {"columns": many},
		"column over again": {"columns": strings.Repeat("Name,", fit(360_000))},
		"long names":        {"filter": map[string]any{long[:len(long)/2]: 1, "y" + long[:len(long)/2]: 2}},
		"many names":        {"filter": columns},
		"long value":        {"filter": map[string]any{"Status": long}},
		"many values":       {"filter": map[string]any{"Status": many}},
		"nested values":     {"filter": map[string]any{"or": []any{map[string]any{"Status": many}, columns}}},
		"long cursor":       {"cursor": long},
		"long person":       {"filter": map[string]any{"Owner": long}},
		"long relation":     {"filter": map[string]any{"Release": long}},
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{behavior: swift()})
		w.call("coda_query_rows", `{"table":"Features","doc":"dRoadmap01","limit":1}`)
		for name, arguments := range calls {
			arguments["table"], arguments["doc"] = "Features", "dRoadmap01"
			// Sending and reading so much costs what it costs with a tool that takes none of it.
			begun := cpuTime(t)
			unread := w.refused("coda_whoami", arguments)
			read := cpuTime(t) - begun
			begun = cpuTime(t)
			text := w.refused("coda_query_rows", arguments)
			t.Logf("%s: %v, of which %v for reading", name, cpuTime(t)-begun, read)
			if len(text) > 5_000 || len(unread) > 5_000 {
				t.Errorf("%s: refused in %d and %d characters: %.200s", name, len(text), len(unread), text)
			}
		}
	})
}

// cpuTime is what this process has spent, which other processes of a busy machine do not add to.
func cpuTime(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
