// Command coda-bench measures what a call through the gateway costs on real sockets, and what strangers can make it
// cost others.
//
// Each server is a process of its own, all pinned to one core; the load comes from another. Absolute numbers are the
// machine's, so everything is told as a ratio to the bare MCP SDK with the same tools in the same round. Nothing here
// fails for being slow: the targets are printed beside the results.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// settings are the command line.
type settings struct {
	rounds   int
	slice    time.Duration
	sections string
	methods  string
	kinds    string
	gc       int
	profile  string
	alone    bool
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		if err := serve(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "coda-bench serve:", err)
			os.Exit(1)
		}
		return
	}
	var s settings
	flag.IntVar(&s.rounds, "rounds", 5, "rounds; the median counts")
	flag.DurationVar(&s.slice, "slice", 500*time.Millisecond, "how long one server is under load at a time")
	flag.StringVar(&s.sections, "sections", "ladder,hostile,slow,gc,start", "what to measure")
	flag.StringVar(&s.methods, "methods", "", "only these methods of the ladder, such as call-modern,ping")
	flag.StringVar(&s.kinds, "kinds", "", "only these bad tokens of the hostile section, such as garbage,expired")
	flag.BoolVar(&s.alone, "alone", false, "in the hostile section, only what refusals cost: no good callers beside them")
	flag.IntVar(&s.gc, "gc", 0, "GC percent of the gateway instead of its configuration's default")
	flag.StringVar(&s.profile, "profile", "", "write CPU profiles of the gateway servers to files that begin so")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, s); err != nil {
		fmt.Fprintln(os.Stderr, "coda-bench:", err)
		stop()
		os.Exit(1)
	}
}

// wants says whether something is on a list of the command line; an empty list has everything.
func wants(list, what string) bool {
	return list == "" || slices.Contains(strings.Split(list, ","), what)
}

func run(ctx context.Context, s settings) error {
	sections := map[string]func(context.Context, *bench) error{
		"ladder": ladder, "hostile": hostile, "slow": slow, "gc": collector, "start": start,
	}
	b, err := newBench(s)
	if err != nil {
		return err
	}
	defer b.close()
	b.report.header(b)
	for _, name := range strings.Split(s.sections, ",") {
		section := sections[name]
		if section == nil {
			return fmt.Errorf("there is no section %q", name)
		}
		if err := section(ctx, b); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	b.report.targets()
	return nil
}

// median of an unordered list; 0 of none.
func median[T int64 | float64 | time.Duration](values []T) T {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
