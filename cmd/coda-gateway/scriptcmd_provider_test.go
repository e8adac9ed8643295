package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/cmd/coda-demo/flow"
	"github.com/bestviable/coda-gateway/cmd/coda-demo/idp"
)

// signInProvider is the demo's identity provider, where people sign in on pages, with faults that others have.
type signInProvider struct {
	http *httptest.Server
	// registered and deleted count clients.
	registered, deleted atomic.Int64
	// refuse are answers by path.
	refuse atomic.Pointer[map[string]refusal]
}

type refusal struct {
	status int
	body   string
}

// provider start [LOGIN]: the demo's provider at $ISSUER, where ada, bob and eve sign in, or everybody is LOGIN.
//
//	provider refuse PATH STATUS BODY   answer requests for the path so from now on
//	provider clients N M               exactly N clients were registered so far, and M deleted
func provide(w *world, ts *testscript.TestScript, neg bool, args []string) error {
	if neg || len(args) == 0 {
		return errors.New("usage: provider start|refuse|clients …")
	}
	switch verb := args[0]; {
	case verb == "start" && len(args) <= 2:
		return w.startProvider(ts, strings.Join(args[1:], ""))
	case w.provider == nil:
		return errors.New("no provider was started")
	case verb == "refuse" && len(args) == 4:
		status, err := strconv.Atoi(args[2])
		w.provider.refuse.Store(&map[string]refusal{args[1]: {status, args[3]}})
		return err
	case verb == "clients" && len(args) == 3:
		got := fmt.Sprint(w.provider.registered.Load(), w.provider.deleted.Load())
		if got != args[1]+" "+args[2] {
			return fmt.Errorf("clients registered and deleted: %s", got)
		}
		return nil
	}
	return fmt.Errorf("unknown verb %s", args[0])
}

func (w *world) startProvider(ts *testscript.TestScript, as string) error {
	p := &signInProvider{}
	p.http = httptest.NewUnstartedServer(nil)
	issuer := "http://" + p.http.Listener.Addr().String()
	inner, err := idp.New(idp.Config{
		Issuer: issuer, Resource: cmp.Or(ts.Getenv("PUBLIC_URL"), publicURL), Log: zerolog.Nop(), AutoApprove: as,
		Clients: []idp.StaticClient{{ID: "connect", Secret: connectSecret, Name: "The gateway",
			RedirectURIs: []string{"https://mcp.example.com/connect/callback"}}},
		Scopes: []idp.Scope{{Name: "coda:read", Words: "read"}, {Name: "coda:write", Words: "write"}},
		People: []idp.Person{
			{Login: "ada", Name: "Ada", Email: "ada@example.com", Scopes: []string{"coda:read", "coda:write"}},
			{Login: "bob", Name: "Bob", Scopes: []string{"coda:read"}},
			{Login: "eve", Name: "Eve"},
		},
	})
	if err != nil {
		return err
	}
	p.http.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if all := p.refuse.Load(); all != nil {
			if refused, ok := (*all)[r.URL.Path]; ok {
				rw.Header().Set("Content-Type", "application/json")
				rw.WriteHeader(refused.status)
				_, _ = io.WriteString(rw, refused.body)
				return
			}
		}
		switch {
		case r.Method == http.MethodDelete:
			p.deleted.Add(1)
		case r.URL.Path == "/register":
			p.registered.Add(1)
		}
		inner.ServeHTTP(rw, r)
	})
	p.http.Start()
	w.provider = p
	ts.Setenv("ISSUER", issuer)
	return nil
}

// browserMain is the program "browser [-as LOGIN] [-deny | -interrupt] URL", which scripts name in $BROWSER: somebody
// who signs in at the demo's provider; -interrupt presses Ctrl-C in the terminal that opened it.
func browserMain() {
	person := flow.Person{Login: "ada", HTTP: &http.Client{Timeout: 10 * time.Second}}
	args := os.Args[1:]
	interrupt := false
	for len(args) > 1 {
		switch args[0] {
		case "-as":
			person.Login, args = args[1], args[1:]
		case "-deny":
			person.Deny = true
		case "-interrupt":
			interrupt = true
		}
		args = args[1:]
	}
	if interrupt {
		_ = syscall.Kill(os.Getppid(), syscall.SIGINT)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	text, err := person.Visit(ctx, args[0])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(strings.TrimSpace(text))
}
