package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/bestviable/coda-gateway/coda/codatest"
)

// coda start: $CODA is the base URL of a simulated Coda whose token is in $CODA_TOKEN.
//
//	coda stop                  break every connection to it; its port stays its own, or another test might answer there
//	coda stall DURATION        hold the next answer back for so long
//	coda answer STATUS         answer every request with this status from now on
//	coda await N               wait until N requests have come
//	coda at-most N             no more than N requests have come
//	coda received OPERATION N  exactly N requests for an operation have come
//	coda saw-only TOKEN        every request so far carried this token and nothing else in Authorization
func startCoda(w *world, ts *testscript.TestScript, neg bool, args []string) error {
	if neg || len(args) == 0 {
		return errors.New("usage: coda start|stop|stall|answer|await|at-most|received|saw-only …")
	}
	switch verb := args[0]; {
	case verb == "start" && len(args) == 1:
		return w.startCoda(ts)
	case w.coda == nil:
		return errors.New("no Coda was started")
	case verb == "stop" && len(args) == 1:
		w.codaDown.Store(true)
		w.codaHTTP.CloseClientConnections()
		return nil
	case verb == "stall" && len(args) == 2:
		pause, err := time.ParseDuration(args[1])
		if err != nil {
			return err
		}
		w.coda.Inject(codatest.Fault{Kind: codatest.FaultStall, Pause: pause})
		return nil
	case verb == "answer" && len(args) == 2:
		status, err := strconv.Atoi(args[1])
		w.codaRefuses.Store(true)
		w.coda.Inject(codatest.Fault{Kind: codatest.FaultRespond, Status: status, Times: -1})
		return err
	case verb == "await" && len(args) == 2:
		n, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		return poll(func() error {
			if got := len(w.arrived()); got < n {
				return fmt.Errorf("Coda got %d requests, want %d", got, n)
			}
			return nil
		})
	case verb == "at-most" && len(args) == 2:
		n, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		if got := len(w.arrived()); got > n {
			return fmt.Errorf("Coda got %d requests, want %d at most: %v", got, n, w.coda.Requests().Counts())
		}
		return nil
	case verb == "received" && len(args) == 3:
		if got := strconv.Itoa(w.coda.Requests().Count(args[1])); got != args[2] {
			return fmt.Errorf("Coda got %s requests for %s, want %s: %v", got, args[1], args[2], w.coda.Requests().Counts())
		}
		return nil
	case verb == "saw-only" && len(args) == 2:
		return w.sawOnly(args[1])
	default:
		return fmt.Errorf("wrong arguments %q", args)
	}
}

// startCoda puts a recorder in front of the simulated Coda, because what counts is what arrives there. Whose the token
// is, which the gateway asks once at its start, is answered aside: scripts count and break what calls ask.
func (w *world) startCoda(ts *testscript.TestScript) error {
	w.coda = codatest.NewServer(codatest.Options{})
	aside := codatest.NewServer(codatest.Options{})
	w.codaHTTP = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if w.codaDown.Load() {
			panic(http.ErrAbortHandler)
		}
		if !w.codaRefuses.Load() && strings.HasSuffix(r.URL.Path, "/whoami") && w.asked.CompareAndSwap(false, true) {
			aside.ServeHTTP(rw, r)
			return
		}
		w.mu.Lock()
		w.credentials = append(w.credentials, r.Header["Authorization"])
		w.mu.Unlock()
		w.coda.ServeHTTP(rw, r)
	}))
	ts.Setenv("CODA", w.codaHTTP.URL+"/apis/v1")
	return nil
}

// arrived is the credentials of each request to Coda so far.
func (w *world) arrived() [][]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.credentials)
}

// sawOnly looks at the credentials of the requests to Coda.
func (w *world) sawOnly(token string) error {
	all := w.arrived()
	if len(all) == 0 {
		return errors.New("Coda got no request")
	}
	for _, values := range all {
		if len(values) != 1 || values[0] != "Bearer "+token {
			return errors.New("a request to Coda carried other credentials than the configured ones")
		}
	}
	return nil
}
