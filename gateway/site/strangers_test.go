package site

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// A flood of strangers' requests leaves few lines, and every request is in one or in a sum. People who are known
// have a line each.
func TestStrangersAreSummedUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		// Sums are told by a timer, beside whoever writes lines.
		logger := zerolog.New(zerolog.SyncWriter(&log))
		s := newStrangers(logger)
		write := accessLog(logger, s)
		const flood = 20_000
		for i := range flood {
			c := &call.Call{Time: time.Now(), Path: "/mcp"}
			if i%2 == 0 {
				c.End(call.InvalidToken, "unknown_kid", "")
			} else {
				c.End(call.NoToken, "", "")
			}
			c.Finish(401, 0)
			write(c)
		}
		for range 200 {
			c := &call.Call{Time: time.Now(), Path: "/mcp", Principal: &token.Principal{Subject: "ada"}}
			c.Finish(200, 0)
			write(c)
		}
		time.Sleep(sumUpEvery + time.Second)
		synctest.Wait()
		lines, counted, known := 0, 0, 0
		for line := range strings.Lines(log.String()) {
			var l struct {
				Message, Subject string
				Count            int
			}
			if err := json.Unmarshal([]byte(line), &l); err != nil {
				t.Fatal(err)
			}
			switch {
			case l.Subject != "":
				known++
			case l.Message == "request":
				lines++
			default:
				counted += l.Count
			}
		}
		if lines > strangerBurst+strangerLines || lines+counted != flood || known != 200 {
			t.Errorf("%d lines and %d in sums of %d strangers, %d of 200 known", lines, counted, flood, known)
		}
		// After a while there is room for lines again.
		time.Sleep(time.Minute)
		before := log.Len()
		c := &call.Call{Time: time.Now()}
		c.Finish(404, 0)
		if write(c); log.Len() == before {
			t.Error("nothing is logged any more")
		}
	})
}

// What strangers put into headers and paths is clipped as it stands in the log, whatever it takes to escape it.
func TestLinesAreBoundedAfterEscaping(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, filler := range []string{"\x01", "\"", "\xff", "ü", "\\"} {
		odd := strings.Repeat(filler, 3000)
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.URL.Path = "/" + odd
		r.Host = "mcp.example.com"
		r.Header.Set("User-Agent", odd)
		r.Method = odd
		before := len(w.log.String())
		w.ServeHTTP(httptest.NewRecorder(), r)
		if n := len(w.log.String()) - before; n > 1500 {
			t.Errorf("%q: a line of %d bytes", filler, n)
		}
	}
	if !json.Valid([]byte(fmt.Sprintf("[%s]", strings.ReplaceAll(strings.TrimSpace(w.log.String()), "\n", ",")))) {
		t.Error("the log is not JSON")
	}
}

// Somebody known who goes on over a limit is told in sums, too, and takes no line from anybody else.
func TestFloodsOfPeopleAreSummedUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		to := zerolog.New(zerolog.SyncWriter(&log)) // one lock for both
		write := accessLog(to, newStrangers(to))
		ada := &token.Principal{Subject: "ada"}
		ended := func(status int, outcome call.Outcome, reason call.Reason, pr *token.Principal) {
			c := &call.Call{Time: time.Now(), Path: "/mcp", Principal: pr}
			c.End(outcome, reason, "")
			c.Finish(status, 0)
			write(c)
		}
		const flood = 5_000
		for range flood {
			ended(429, call.Limited, call.LimitPerson, ada)
		}
		ended(200, call.Limited, call.LimitPerson, ada) // in words: it reached a tool
		ended(401, call.NoToken, "", nil)
		time.Sleep(sumUpEvery + time.Second)
		synctest.Wait()
		lines, summed, words, strangers := 0, 0, 0, 0
		for line := range strings.Lines(log.String()) {
			var l struct {
				Message, Outcome, Reason string
				Status, Count            int
			}
			if err := json.Unmarshal([]byte(line), &l); err != nil {
				t.Fatal(err)
			}
			switch {
			case l.Status == 429:
				lines++
			case l.Status == 200:
				words++
			case l.Status == 401:
				strangers++
			case l.Outcome == "limited" && l.Reason == "limit_person" && strings.Contains(l.Message, "kept calling over "+
				"a limit"):
				summed += l.Count
			default:
				t.Errorf("unexpected: %s", line)
			}
		}
		if lines+summed != flood || lines > floodBurst || words != 1 || strangers != 1 {
			t.Errorf("%d lines and %d in sums of %d; %d in words, %d strangers", lines, summed, flood, words, strangers)
		}
	})
}
