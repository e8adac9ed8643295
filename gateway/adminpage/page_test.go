package adminpage

import (
	"context"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/token"
)

var update = flag.Bool("update", false, "write golden files anew")

func ended(name, subject, tool string, outcome call.Outcome, reason call.Reason) *call.Call {
	c := &call.Call{Time: time.Now(), Method: "tools/call", Tool: tool,
		Principal: &token.Principal{Issuer: "https://id.example.com", Subject: subject, Name: name, ClientID: "claude"}}
	c.End(outcome, reason, "")
	c.Finish(200, 1)
	return c
}

// The page as it is, with what somebody may have put into a name.
func TestPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewRecent()
		r.Ended(ended("Ada", "ada", "coda_whoami", call.OK, ""))
		r.Ended(ended("Bob\u202eadA\u0000", "bob", "coda_whoami", call.OK, ""))
		r.Ended(ended(`<script>alert("x")</script>`, "eve", "coda_delete_rows", call.Denied, "role_missing"))
		time.Sleep(90 * time.Second)
		page := New("coda-gateway v1", func(context.Context) Section {
			return Section{Title: "Health", Columns: []string{"What", "How it stands"},
				Rows: [][]Cell{{Text("Ready"), Text("ready")}, {Text("coda"), {Text: "it is away", Bad: true}}}}
		}, r.People, r.Denied)
		w := httptest.NewRecorder()
		page.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		got := w.Body.String()
		const golden = "testdata/page.html"
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("got\n%s", got)
		}
		if strings.Contains(got, "<script") || strings.ContainsAny(got, "\u202e\u0000") {
			t.Error("a name becomes a script, or hides what it is")
		}
		policy := w.Header().Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; style-src 'sha256-") {
			t.Errorf("policy %s", policy)
		}
	})
}

// Whoever comes, the page remembers no more than it shows, and a restart forgets nothing of it.
func TestRecentIsBoundedAndKept(t *testing.T) {
	t.Parallel()
	r := NewRecent()
	for i := range 3 * maxPeople {
		r.Ended(ended(strings.Repeat("n", 5_000), fmt.Sprint("s", i), "coda_whoami", call.Denied, "role_missing"))
	}
	r.Ended(&call.Call{Method: "tools/call", Tool: "strangers leave nothing"})
	long := ended("Long gone", "gone", "coda_whoami", call.Denied, "role_missing")
	long.Time = long.Time.Add(-2 * time.Hour)
	r.Ended(long)
	r.Ended(ended("Eve", "eve", "coda_whoami", call.Denied, "role_missing"))
	data, err := r.Snapshot(time.Now().Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if len(data) > 200_000 {
		t.Errorf("%d bytes are remembered", len(data))
	}
	next := NewRecent()
	next.Restore(data)
	next.Restore([]byte("nonsense"))
	people, denied := next.People(t.Context()), next.Denied(t.Context())
	if strings.Contains(string(data), "gone") {
		t.Error("whoever comes no more is remembered for longer than anything is kept")
	}
	if len(people.Rows) != maxPeople-1 || len(denied.Rows) != maxDenied-1 {
		t.Errorf("%d people, %d refusals", len(people.Rows), len(denied.Rows))
	}
	if last := "eve"; denied.Rows[0][2].Text != last {
		t.Errorf("the newest refusal is that of %s", denied.Rows[0][2].Text)
	}
}
