package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/provider"
)

// questions asks for what no flag says. Each answer is tried at once in a file whose other values are good.
type questions struct {
	app        *app
	given, got answers
	provider   *provider.Provider
	lines      *lines
	options    config.Options
}

// question is one thing to know.
type question struct {
	flag, text string
	// given is what the flag says, good an answer that is taken for an empty line; empty = none is.
	given, good string
	// optional lets an empty line be the answer.
	optional bool
	// set puts an answer in, or says why it cannot be one.
	set func(answer string) error
	// at are the paths of the configuration that the answer decides.
	at []string
}

func (q *questions) askAll(ctx context.Context) error {
	if err := q.ask(ctx, question{flag: "public-url", given: q.given.publicURL, at: []string{"public_url"},
		text: "The public URL that people type into Claude, such as https://mcp.example.com/mcp",
		set:  func(s string) error { q.got.publicURL = s; return nil }}); err != nil {
		return err
	}
	if q.given.provider == "" {
		q.app.listProviders()
	}
	if err := q.ask(ctx, question{flag: "provider", given: q.given.provider, set: q.setProvider,
		text: "The identity provider, by name or number"}); err != nil {
		return err
	}
	issuer := "The issuer: what " + q.provider.Title + " puts into the iss of tokens"
	if q.provider.Wrong != "" {
		issuer += " (" + q.provider.Wrong + ")"
	}
	if err := q.ask(ctx, question{flag: "issuer", given: q.given.issuer, text: issuer,
		at:  []string{"issuers[0].url", "issuers[0].sign_in", "issuers[0].tenants"},
		set: func(s string) error { q.got.issuer = s; return nil }}); err != nil {
		return err
	}
	if err := q.askProvider(ctx); err != nil {
		return err
	}
	q.got.codaURL = q.given.codaURL
	return q.ask(ctx, question{flag: "coda-token-file", given: q.givenToken(), set: q.setToken,
		at: []string{"coda.token", "coda.base_url"}, text: "Where the Coda API token is: the path of a file that contains " +
			"it, or env:NAME for an environment variable"})
}

// askProvider asks what only some providers need.
func (q *questions) askProvider(ctx context.Context) error {
	p := q.provider
	list := []question{}
	if p.NeedsAudience != "" || q.given.audience != "" {
		list = append(list, question{flag: "audience", given: q.given.audience, at: []string{"issuers[0].audiences"},
			text: "What tokens have in aud. " + p.NeedsAudience, set: func(s string) error { q.got.audience = s; return nil }})
	}
	if p.NeedsPrefix != "" || q.given.prefix != "" {
		good := ""
		if p.KeepsPrefix {
			good = q.got.publicURL + "/"
		}
		list = append(list, question{flag: "scope-prefix", given: q.given.prefix, good: good,
			at: []string{"issuers[0].scope_prefix", "scopes.supported"}, text: "The scope prefix. " + p.NeedsPrefix,
			set: func(s string) error { q.got.prefix = s; return nil }})
	}
	if p.GrantBy != "" {
		what := "Tokens carry no scopes there. " + strings.ReplaceAll(p.GrantBy, "_", " ") + " that may "
		list = append(list, question{flag: "writers", given: q.given.writers, at: []string{"access[0]"},
			text: what + "read and write, separated by commas", set: func(s string) error { q.got.writers = s; return nil }},
			question{flag: "readers", given: q.given.readers, at: []string{"access[1]"}, optional: true,
				text: what + "only read, separated by commas (empty = none)",
				set:  func(s string) error { q.got.readers = s; return nil }})
	}
	for _, one := range list {
		if err := q.ask(ctx, one); err != nil {
			return err
		}
	}
	return nil
}

// ask takes the flag's answer, or asks until one will do.
func (q *questions) ask(ctx context.Context, one question) error {
	if one.given != "" {
		if err := q.try(one, one.given); err != nil {
			return fmt.Errorf("--%s: %w", one.flag, err)
		}
		return nil
	}
	for {
		fmt.Fprintf(q.app.stderr, "\n%s\n", one.text)
		if one.good != "" {
			fmt.Fprintf(q.app.stderr, "[%s] ", one.good)
		}
		fmt.Fprint(q.app.stderr, "> ")
		answer, err := q.lines.next(ctx)
		switch {
		case errors.Is(err, io.EOF) && one.optional:
			return nil
		case errors.Is(err, io.EOF):
			fmt.Fprintln(q.app.stderr)
			return fmt.Errorf("nothing was written: the answer is missing; give it here or with --%s", one.flag)
		case err != nil:
			fmt.Fprintln(q.app.stderr)
			return fmt.Errorf("nothing was written: %w", err)
		}
		if answer = cmp.Or(answer, one.good); answer == "" && one.optional {
			return nil
		}
		if answer == "" {
			continue
		}
		if err := q.try(one, answer); err != nil {
			fmt.Fprintf(q.app.stderr, "That does not work: %s\n", printable(err.Error()))
			continue
		}
		return nil
	}
}

// never is in warnings that tell of what cannot work for anybody.
const never = "can be accepted"

// try puts an answer in and asks the code of check about it.
func (q *questions) try(one question, answer string) error {
	if strings.ContainsFunc(answer, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return errors.New("it holds a control character")
	}
	before := q.got
	if err := one.set(answer); err != nil {
		return err
	}
	_, warnings, err := config.Parse("", []byte(q.got.yaml(q.provider)), q.options)
	problems, _ := errors.AsType[*config.Problems](err)
	var why []string
	if problems != nil {
		for _, p := range problems.List {
			if about(p.Path, one.at) {
				why = append(why, p.Message)
			}
		}
	} else if err != nil {
		why = append(why, err.Error())
	}
	for _, w := range warnings {
		if about(w.Path, one.at) && strings.Contains(w.Message, never) {
			why = append(why, w.Message)
		}
	}
	if len(why) == 0 {
		return nil
	}
	q.got = before
	return errors.New(strings.Join(why, "; "))
}

// about tells whether a path is one of those, or below one.
func about(path string, paths []string) bool {
	return slices.ContainsFunc(paths, func(p string) bool {
		rest, ok := strings.CutPrefix(path, p)
		return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
	})
}

func (a *app) listProviders() {
	fmt.Fprintln(a.stderr)
	for i, name := range provider.Names() {
		p, err := provider.Find(name)
		if err == nil {
			fmt.Fprintf(a.stderr, "  %2d  %-11s %s\n", i+1, name, p.Title)
		}
	}
}

func (q *questions) setProvider(answer string) error {
	names := provider.Names()
	if n, err := strconv.Atoi(answer); err == nil {
		if n < 1 || n > len(names) {
			return fmt.Errorf("the numbers go from 1 to %d", len(names))
		}
		answer = names[n-1]
	}
	p, err := config.FindProvider(strings.ToLower(answer))
	if err != nil {
		return err
	}
	q.provider, q.got.provider = p, p.Name
	return nil
}

func (q *questions) givenToken() string {
	if q.given.tokenEnv != "" {
		return "env:" + q.given.tokenEnv
	}
	return q.given.tokenFile
}

var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// setToken takes a place. Whoever gives the token itself is told so, and it is shown nowhere.
func (q *questions) setToken(answer string) error {
	if name, ok := strings.CutPrefix(answer, "env:"); ok {
		if !variable.MatchString(name) {
			return errors.New("the text after env: is not the name of an environment variable")
		}
		q.got.token = "${env:" + name + "}"
		return nil
	}
	if rest, ok := strings.CutPrefix(answer, "~/"); ok {
		home, _ := q.app.env("HOME")
		answer = filepath.Join(home, rest)
	}
	path, err := filepath.Abs(answer)
	if err != nil {
		return err
	}
	if _, _, err := config.ReadFile(path); err != nil && !strings.ContainsRune(answer, filepath.Separator) {
		return errors.New("there is no such file here. If that was the token itself, put it into a file that only the " +
			"gateway can read, and give the path of that file")
	}
	if strings.ContainsAny(path, "{}") {
		return errors.New("a path with braces cannot be used here")
	}
	q.got.token = "${file:" + filepath.ToSlash(path) + "}"
	return nil
}

// maxLine bounds an answer.
const maxLine = 4 << 10

// lines reads answers, so that an interrupt need not wait for the end of one. Nothing is read before it is asked for.
type lines struct {
	in   io.Reader
	read chan line
}

type line struct {
	text string
	err  error
}

func (l *lines) next(ctx context.Context) (string, error) {
	if l.read == nil {
		l.read = make(chan line)
		go l.scan(ctx)
	}
	select {
	case one := <-l.read:
		return one.text, one.err
	case <-ctx.Done():
		return "", errors.New("interrupted")
	}
}

// scan ends with the input, or with ctx.
func (l *lines) scan(ctx context.Context) {
	scanner := bufio.NewScanner(l.in)
	scanner.Buffer(nil, maxLine)
	for {
		one := line{err: io.EOF}
		if scanner.Scan() {
			one = line{text: strings.TrimSpace(scanner.Text())}
		} else if err := scanner.Err(); err != nil {
			one.err = fmt.Errorf("read an answer: %w", err)
		}
		select {
		case l.read <- one:
		case <-ctx.Done():
			return
		}
		if one.err != nil {
			return
		}
	}
}
