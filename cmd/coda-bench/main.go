// Command coda-bench measures what a call through the gateway costs on real sockets, and what strangers can make it
// cost others.
//
// Each server is a process of its own, all pinned to one core; the load comes from another. Absolute numbers are the
// machine's, so everything is told as a ratio to the bare MCP SDK with the same tools in the same round. Nothing here
// fails for being slow: the targets are printed beside the results.
package main

import (
	"context"
	"errors"
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
	s, err := parse(os.Args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil:
		os.Exit(2) // what is wrong has been said
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, s); err != nil {
		fmt.Fprintln(os.Stderr, "coda-bench:", err)
		stop()
		os.Exit(1)
	}
}

// parse reads the command line, and says what is wrong with it.
func parse(args []string) (s settings, err error) {
	f := flag.NewFlagSet("coda-bench", flag.ContinueOnError)
	f.Usage = func() {
		fmt.Fprint(f.Output(), "coda-bench measures what a call through the gateway costs on real sockets, "+
			"and what strangers can make it cost.\n\nUsage:\n  coda-bench [flags]\n\nFlags:\n")
		f.PrintDefaults()
	}
	f.IntVar(&s.rounds, "rounds", 5, "how many `rounds`; the median counts")
	f.DurationVar(&s.slice, "slice", 500*time.Millisecond, "how long one server is under load at a time")
	f.StringVar(&s.sections, "sections", "ladder,hostile,slow,gc,start", "which `sections` to measure")
	f.StringVar(&s.methods, "methods", "", "only these `methods` of the ladder, such as call-modern,ping")
	f.StringVar(&s.kinds, "kinds", "", "only these `kinds` of bad tokens in the hostile section, such as garbage,expired")
	f.BoolVar(&s.alone, "alone", false, "in the hostile section, only what refusals cost: no good callers beside them")
	f.IntVar(&s.gc, "gc", 0, "GC `percent` of the gateway instead of its configuration's default")
	f.StringVar(&s.profile, "profile", "", "write CPU profiles of the gateway servers to files that begin with this "+
		"`prefix`")
	if err := f.Parse(args); err != nil {
		return s, err
	}
	switch unknown := slices.IndexFunc(strings.Split(s.sections, ","), func(name string) bool {
		return sections()[name] == nil
	}); {
	case f.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q; coda-bench takes flags only", f.Arg(0))
	case unknown >= 0:
		err = fmt.Errorf("there is no section %q", strings.Split(s.sections, ",")[unknown])
	case s.rounds < 1:
		err = errors.New("-rounds wants 1 or more")
	}
	if err != nil {
		fmt.Fprintf(f.Output(), "coda-bench: %s\nRun 'coda-bench --help' for usage.\n", err)
	}
	return s, err
}

// sections are what can be measured.
func sections() map[string]func(context.Context, *bench) error {
	return map[string]func(context.Context, *bench) error{
		"ladder": ladder, "hostile": hostile, "slow": slow, "gc": collector, "start": start,
	}
}

// wants says whether something is on a list of the command line; an empty list has everything.
func wants(list, what string) bool {
	return list == "" || slices.Contains(strings.Split(list, ","), what)
}

func run(ctx context.Context, s settings) error {
	b, err := newBench(s)
	if err != nil {
		return err
	}
	defer b.close()
	b.report.header(b)
	for _, name := range strings.Split(s.sections, ",") {
		if err := sections()[name](ctx, b); err != nil {
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
