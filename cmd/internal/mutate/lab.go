package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// fate is what became of a mutant.
type fate string

const (
	uncovered fate = "no test comes by"
	killed    fate = "killed"
	timedOut  fate = "timed out" // counts as killed: whoever runs the tests notices
	lived     fate = "survived"
)

// The environment of a program with choices.
const (
	envMutant = "MUTANT"      // the number of the one that is on
	envHits   = "MUTANT_HITS" // a file that gets the numbers of those that were come by
)

// chooser is what each package gets beside its own files. It must not allocate where tests count allocations.
const chooser = `package %s

import (
	"os"
	"strconv"
	"sync/atomic"
)

var mutatedOn, mutatedHits = func() (int, *os.File) {
	on, err := strconv.Atoi(os.Getenv("MUTANT"))
	if err != nil {
		on = -1
	}
	var hits *os.File
	if name := os.Getenv("MUTANT_HITS"); name != "" {
		if hits, err = os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err != nil {
			panic(err)
		}
	}
	return on, hits
}()

var mutatedSeen [%d]atomic.Bool

func mutated(id int) bool {
	if mutatedHits != nil && !mutatedSeen[id].Swap(true) {
		_, _ = mutatedHits.WriteString(strconv.Itoa(id) + "\n")
	}
	return id == mutatedOn
}
`

// lab is where the programs are that have all choices, and what is known of their tests.
type lab struct {
	dir     string
	workers int
	wanted  *regexp.Regexp
	tests   []*test

	mu sync.Mutex
	// killers are the tests that have noticed changes of a function, the last first: they will notice the next.
	killers map[string][]*test
}

// test is a test of one of the programs.
type test struct {
	program, dir, name string
	// took is the processor time, so that a busy machine makes nothing slow.
	took time.Duration
	hits map[int]bool
}

// newLab builds the tests of the packages with all choices in place, and runs each by itself to see where it comes by.
func newLab(sources []*source, wanted *regexp.Regexp, mutants, workers int) (*lab, error) {
	dir, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return nil, err
	}
	l := &lab{dir: dir, wanted: wanted, workers: max(workers, 1), killers: map[string][]*test{}}
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	add := func(place, text string) error {
		file := filepath.Join(dir, fmt.Sprintf("%d.go", len(overlay.Replace)))
		overlay.Replace[place] = file
		return os.WriteFile(file, []byte(text), 0o600)
	}
	for _, s := range sources {
		for place, text := range s.files {
			err = errors.Join(err, add(place, text))
		}
		if len(s.files) > 0 {
			err = errors.Join(err, add(filepath.Join(s.dir, "mutated_choices.go"), fmt.Sprintf(chooser, s.name, mutants)))
		}
	}
	file := filepath.Join(dir, "overlay.json")
	text, jerr := json.Marshal(overlay)
	if err = errors.Join(err, jerr, os.WriteFile(file, text, 0o600)); err != nil {
		l.close()
		return nil, err
	}
	for n, s := range sources {
		if err := l.program(s, filepath.Join(dir, fmt.Sprintf("%d.test", n)), file); err != nil {
			l.close()
			return nil, err
		}
	}
	fmt.Printf("%d mutants, %d tests\n", mutants, len(l.tests))
	return l, nil
}

func (l *lab) close() { _ = os.RemoveAll(l.dir) }

// leaveOut forgets the tests that take longer.
func (l *lab) leaveOut(slowest time.Duration) {
	l.tests = slices.DeleteFunc(l.tests, func(t *test) bool {
		if t.took > slowest {
			fmt.Printf("%s is left out: it takes %s\n", t.name, t.took.Round(time.Millisecond))
		}
		return t.took > slowest
	})
}

// program builds the tests of a package and runs each once.
func (l *lab) program(s *source, program, overlay string) error {
	build := exec.Command("go", "test", "-c", "-vet=off", "-ldflags=-s -w", "-overlay", overlay, "-o", program, s.path)
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", s.path, err, out)
	}
	if _, err := os.Stat(program); err != nil {
		return nil // it has no tests
	}
	list := exec.Command(program, "-test.list", ".")
	list.Dir = s.dir
	names, err := list.Output()
	if err != nil {
		return fmt.Errorf("%s: %w", s.path, err)
	}
	var group errgroup.Group
	group.SetLimit(l.workers)
	for _, name := range strings.Fields(string(names)) {
		if strings.HasPrefix(name, "Benchmark") || !l.wanted.MatchString(name) {
			continue
		}
		t := &test{program: program, dir: s.dir, name: name, hits: map[int]bool{}}
		l.tests = append(l.tests, t)
		group.Go(t.record)
	}
	return group.Wait()
}

// record runs the test with nothing changed, and notes where it comes by.
func (t *test) record() error {
	hits := t.program + "." + t.name
	took, out, err := runTests([]*test{t}, 5*time.Minute, envHits+"="+hits)
	if err != nil {
		return fmt.Errorf("%s fails though nothing was changed: %w\n%s", t.name, err, out)
	}
	t.took = took
	text, err := os.ReadFile(hits)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // the test came by nothing
	}
	for _, line := range strings.Fields(string(text)) {
		id, _ := strconv.Atoi(line)
		t.hits[id] = true
	}
	return err
}

// errTimeout ends a test that goes on for ever.
var errTimeout = errors.New("it took too long")

// runTests runs some tests of one program, until one fails. A program that was changed may want all memory there is,
// so it gets no more than 3 GB; and it may loop for ever, so its processor time is bounded by most. One that waits for
// ever is given ten times as long.
func runTests(tests []*test, most time.Duration, env string) (took time.Duration, out []byte, _ error) {
	names := make([]string, len(tests))
	for i, t := range tests {
		names[i] = t.name
	}
	ctx, cancel := context.WithTimeoutCause(context.Background(), 10*most, errTimeout)
	defer cancel()
	limits := fmt.Sprintf(`ulimit -v 3000000; ulimit -t %d; exec "$0" "$@"`, int(most.Seconds()))
	cmd := exec.CommandContext(ctx, "sh", "-c", limits, tests[0].program, "-test.short", "-test.failfast", "-test.run",
		"^("+strings.Join(names, "|")+")$")
	cmd.Dir = tests[0].dir
	cmd.Env = append(os.Environ(), env)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	if cmd.ProcessState != nil {
		took = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	if ctx.Err() != nil || err != nil && took >= most {
		err = errTimeout
	}
	return took, said.Bytes(), err
}

// try finds out what becomes of each mutant.
func (l *lab) try(mutants []*mutant) {
	next := make(chan *mutant)
	var wg sync.WaitGroup
	for range l.workers {
		wg.Go(func() {
			for m := range next {
				if m.fate = l.fateOf(m); m.fate == lived {
					fmt.Fprintln(os.Stderr, m.fate, m)
				}
			}
		})
	}
	for n, m := range mutants {
		next <- m
		if n%100 == 99 {
			fmt.Fprintf(os.Stderr, "%d of %d\n", n+1, len(mutants))
		}
	}
	close(next)
	wg.Wait()
}

// quick tests cost less than starting a program does, so that many of them run in one.
const quick = 50 * time.Millisecond

func (l *lab) fateOf(m *mutant) fate {
	rounds := l.rounds(m)
	for _, tests := range rounds {
		most := 5 * time.Second
		for _, t := range tests {
			most += 5 * t.took
		}
		_, out, err := runTests(tests, most, envMutant+"="+strconv.Itoa(m.id))
		if err == nil {
			continue
		}
		l.noticed(m, tests, out)
		if errors.Is(err, errTimeout) {
			return timedOut
		}
		return killed
	}
	if len(rounds) == 0 {
		return uncovered
	}
	return lived
}

// rounds are the tests that come by a mutant, as they are run: first the two that noticed the last changes of the
// function, then all quick ones of each program at once, and then the slow ones, each by itself.
func (l *lab) rounds(m *mutant) (rounds [][]*test) {
	l.mu.Lock()
	killers := slices.Clone(l.killers[m.place()])
	l.mu.Unlock()
	var rest []*test
	for _, t := range l.tests {
		if t.hits[m.id] && !slices.Contains(killers, t) {
			rest = append(rest, t)
		}
	}
	for _, t := range killers {
		if t.hits[m.id] {
			rounds = append(rounds, []*test{t})
		}
	}
	duration := func(t *test) time.Duration { return max(t.took, quick) }
	slices.SortStableFunc(rest, func(a, b *test) int { return cmp.Compare(duration(a), duration(b)) })
	for n, t := range rest {
		if n > 0 && t.took <= quick && t.program == rest[n-1].program {
			rounds[len(rounds)-1] = append(rounds[len(rounds)-1], t)
		} else {
			rounds = append(rounds, []*test{t})
		}
	}
	return rounds
}

var failure = regexp.MustCompile(`(?m)^\s*--- FAIL: (\w+)`)

// noticed remembers which of the tests it was that noticed a mutant.
func (l *lab) noticed(m *mutant, tests []*test, out []byte) {
	by := slices.IndexFunc(tests, func(t *test) bool {
		said := failure.FindSubmatch(out)
		return len(tests) == 1 || said != nil && string(said[1]) == t.name
	})
	if by < 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	others := slices.DeleteFunc(l.killers[m.place()], func(t *test) bool { return t == tests[by] })
	all := append([]*test{tests[by]}, others...)
	l.killers[m.place()] = all[:min(len(all), 2)]
}
