package main

import (
	"errors"
	"fmt"

	"github.com/bestviable/coda-gateway/cmd/internal/build"
	"github.com/bestviable/coda-gateway/config"
)

// loadConfig reads the configuration. What is wrong with it is printed, one problem a line.
func (a *app) loadConfig() (*config.Config, []config.Warning, error) {
	path, err := a.configPath()
	if err != nil {
		return nil, nil, err
	}
	return a.read(path, func() (*config.Config, []config.Warning, error) {
		return config.Load(path, build.ConfigOptions(a.env))
	})
}

// read loads the configuration at path and prints what is wrong with it.
func (a *app) read(path string, load func() (*config.Config, []config.Warning, error)) (*config.Config,
	[]config.Warning, error) {
	cfg, warnings, err := load()
	if err == nil {
		return cfg, warnings, nil
	}
	problems, ok := errors.AsType[*config.Problems](err)
	if !ok {
		return nil, nil, err
	}
	for _, w := range warnings {
		fmt.Fprintf(a.stderr, "%s\n", warningLine(w))
	}
	for _, p := range problems.List {
		fmt.Fprintln(a.stderr, p.Error())
	}
	fmt.Fprintf(a.stderr, "%s cannot be used: %s. Nothing was started; fix the file and run 'coda-gateway check "+
		"--config %s'.\n", path, count(len(problems.List), "problem"), path)
	return nil, warnings, reported{err}
}

// warningLine has the form that editors and CI systems recognize: file:line:column: warning: …
func warningLine(w config.Warning) string {
	place := w.File + ": warning: "
	if w.Line > 0 {
		place = fmt.Sprintf("%s:%d:%d: warning: ", w.File, w.Line, w.Column)
	}
	if w.Path == "" {
		return place + w.Message
	}
	return place + w.Path + ": " + w.Message
}

// count is "1 problem", "2 problems".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
