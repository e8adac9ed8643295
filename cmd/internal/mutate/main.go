// Command mutate shows what the tests of a package do not notice: it changes one operator of the code at a time, in
// many places, and tells which of the changed programs still pass their tests.
//
// The tools that the Go proxy has (gremlins, go-mutesting, ooze) build and test the whole anew for each change, which
// here would take hours. This one builds once: each place becomes a choice between what is written there and what it
// is changed into, made by a number in the environment. It notes which tests come by which place, and for each change
// runs those alone: first those that noticed the change before, then the quick ones, then the slow ones. So a whole
// run takes some minutes.
//
//	go run ./cmd/internal/mutate -known gateway/MUTANTS.md ./gateway/access ./gateway/token/...
//
// What survives must be named in the file of -known, with the reason why no test can or should notice it; the command
// fails where it is not, or where less than -least percent are killed.
package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	flags := flag.NewFlagSet("mutate", flag.ExitOnError)
	known := flags.String("known", "", "a `file` that names the survivors that are explained")
	least := flags.Float64("least", 90, "how many `percent` are to be killed")
	only := flags.String("only", "", "mutate only files that match this `expression`")
	list := flags.Bool("list", false, "list the mutants, and run nothing")
	tests := flags.String("run", ".", "run only tests that match this `expression`, for a look at new ones")
	sample := flags.Int("sample", 1, "try only every `n`-th mutant, in a part of the time")
	again := flags.String("again", "", "try only those that a `file` names, such as an earlier output")
	slowest := flags.Duration("slowest", time.Minute, "leave out tests that take longer, for a first look")
	workers := flags.Int("workers", 1, "how many tests run at once")
	_ = flags.Parse(args) // ExitOnError
	matching, err := regexp.Compile(*only)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate: -only:", err)
		return 2
	}
	wanted, err := regexp.Compile(*tests)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate: -run:", err)
		return 2
	}
	explained, err := named(*known)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate: -known:", err)
		return 2
	}
	earlier, err := named(*again)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate: -again:", err)
		return 2
	}
	start := time.Now()
	packages, mutants, err := load(flags.Args(), matching)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		return 2
	}
	if *list {
		for _, m := range mutants {
			fmt.Println(m)
		}
		return 0
	}
	lab, err := newLab(packages, wanted, len(mutants), *workers)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		return 2
	}
	defer lab.close()
	lab.leaveOut(*slowest)
	mutants = slices.DeleteFunc(every(mutants, *sample), func(m *mutant) bool {
		return *again != "" && !strings.Contains(earlier, m.key())
	})
	fmt.Printf("%d are tried\n", len(mutants))
	lab.try(mutants)
	fmt.Printf("%d s\n", int(time.Since(start).Seconds()))
	return report(mutants, explained, *least)
}

// named is the text of a file that names mutants; "" without one.
func named(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	text, err := os.ReadFile(file)
	return strings.ReplaceAll(string(text), `\|`, "|"), err // as a table has it
}

// every is every n-th of the mutants.
func every(mutants []*mutant, n int) (out []*mutant) {
	for i := 0; i < len(mutants); i += max(n, 1) {
		out = append(out, mutants[i])
	}
	return out
}

// report prints what came of the mutants, and says whether it is good enough.
func report(mutants []*mutant, explained string, least float64) int {
	type count struct{ killed, lived, uncovered int }
	var all count
	var order []string
	each := map[string]*count{}
	code := 0
	for _, m := range mutants {
		if each[m.pkg] == nil {
			each[m.pkg] = &count{}
			order = append(order, m.pkg)
		}
		for _, c := range []*count{&all, each[m.pkg]} {
			switch m.fate {
			case killed, timedOut:
				c.killed++
			case lived:
				c.lived++
			case uncovered:
				c.uncovered++
			}
		}
		if m.fate != lived && m.fate != uncovered {
			continue
		}
		if strings.Contains(explained, m.key()) {
			continue
		}
		fmt.Printf("%s: %s\n", m.fate, m)
		code = 1
	}
	row := func(name string, c *count) {
		total := c.killed + c.lived + c.uncovered
		fmt.Printf("%-50s %5d mutants, %5d killed (%.1f %%), %d survived, %d where no test comes by\n", name, total, c.killed,
			percent(c.killed, total), c.lived, c.uncovered)
	}
	for _, pkg := range order {
		row(pkg, each[pkg])
	}
	row("all", &all)
	if code != 0 {
		fmt.Println("the survivors above are not explained: write tests that notice them, or name them in the file of -known")
	}
	if p := percent(all.killed, all.killed+all.lived+all.uncovered); p < least {
		fmt.Printf("%.1f %% were killed; at least %.0f %% should be\n", p, least)
		code = 1
	}
	return code
}

func percent(part, of int) float64 {
	if of == 0 {
		return 0
	}
	return 100 * float64(part) / float64(of)
}
