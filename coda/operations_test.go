package coda_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/oauth2"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
	"github.com/bestviable/coda-gateway/coda/codatest/contract"
)

var update = flag.Bool("update", false, "write golden files anew")

func TestOpCallsCoverEveryOperation(t *testing.T) {
	t.Parallel()
	var called []coda.Op
	for _, c := range opCalls() {
		called = append(called, c.op)
	}
	slices.Sort(called)
	if all := coda.Operations(); !slices.Equal(called, all) {
		t.Errorf("called %d operations: %v\nof %d: %v", len(called), called, len(all), all)
	}
	if len(called) != 64 {
		t.Errorf("%d operations, Coda has 64 that do not build Packs", len(called))
	}
}

// methodOf spells out what is no GET.
func methodOf(op coda.Op) string {
	switch op {
	case coda.OpCreateDoc, coda.OpCreatePage, coda.OpBeginPageExport, coda.OpUpsertRows, coda.OpPushButton,
		coda.OpAddPermission,
		coda.OpCreateFolder, coda.OpTriggerAutomation, coda.OpChangeUserRole, coda.OpAddCustomDomain, coda.OpAddGoLink:
		return "POST"
	case coda.OpUpdatePage, coda.OpUpdateRow, coda.OpPublishDoc:
		return "PUT"
	case coda.OpUpdateDoc, coda.OpUpdateACLSettings, coda.OpUpdateFolder, coda.OpUpdateCustomDomain:
		return "PATCH"
	case coda.OpDeleteDoc, coda.OpDeletePage, coda.OpDeletePageContent, coda.OpDeleteRow, coda.OpDeleteRows,
		coda.OpDeletePermission,
		coda.OpUnpublishDoc, coda.OpDeleteFolder, coda.OpDeleteCustomDomain:
		return "DELETE"
	}
	return "GET"
}

// TestOperationsOnTheWire holds the method, path, query and body of each operation, below a base path that is not
// empty.
func TestOperationsOnTheWire(t *testing.T) {
	t.Parallel()
	for _, oc := range opCalls() {
		t.Run(string(oc.op), func(t *testing.T) {
			t.Parallel()
			type seen struct{ method, path, query, body string }
			var mu sync.Mutex
			var last seen
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				mu.Lock()
				defer mu.Unlock()
				last = seen{r.Method, strings.TrimPrefix(r.URL.EscapedPath(), basePath), r.URL.RawQuery, string(body)}
				if !strings.HasPrefix(r.URL.EscapedPath(), basePath+"/") {
					t.Errorf("path %s is not below %s", r.URL.EscapedPath(), basePath)
				}
				if got := r.Header.Get("Authorization"); got != "Bearer "+testToken {
					t.Errorf("Authorization is %q", got)
				}
				if got, want := r.Header.Get("Content-Type"), ""; last.body != "" && got != "application/json" || last.body == "" &&
					got != want {
					t.Errorf("Content-Type is %q with body %q", got, last.body)
				}
				answer(w, 200, `{"id":"made-up","requestId":"made-up","items":[],"customDocDomains":[],"unknownField":{"a":[1]}}`)
			}))
			t.Cleanup(srv.Close)
			c, err := coda.New(coda.Config{
				BaseURL: srv.URL + basePath + "/", Account: "ada@example.com", HTTPClient: srv.Client(),
				TokenSource: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: testToken}),
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := oc.call(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			mu.Lock()
			defer mu.Unlock()
			want := seen{methodOf(oc.op), oc.path, oc.query, oc.body}
			if last != want {
				t.Errorf("sent %+v\nwant %+v", last, want)
			}
		})
	}
}

// TestContract validates every request that the client makes, and every answer that it decodes, against Coda's OpenAPI
// file.
func TestContract(t *testing.T) {
	t.Parallel()
	spec := contract.New(t)
	srv, c := simulated(t, codatest.Options{BasePath: basePath, OnExchange: func(e codatest.Exchange) {
		if err := spec.Check(e); err != nil {
			t.Error(err)
		}
	}}, unlimited)
	buckets := make(map[string]string)
	ctx := coda.WithObserver(t.Context(), func(_ context.Context, e coda.Event) {
		if d, ok := e.(coda.RequestDone); ok {
			buckets[string(d.Op)] = string(d.Bucket)
		}
	})
	for _, oc := range opCalls() {
		srv.ResetRequests()
		if err := oc.call(ctx, c); err != nil {
			t.Errorf("%s: %v", oc.op, err)
		}
		for _, r := range srv.Requests() {
			if got, want := strings.ReplaceAll(buckets[r.Operation], "_d", "D"), string(r.Class); got != want {
				t.Errorf("%s is counted as %q here and as %q there", r.Operation, got, want)
			}
		}
		if asked := srv.Requests().Counts(); asked[string(oc.op)] == 0 {
			t.Errorf("%s was not asked, but %v", oc.op, asked)
		}
	}
	if v := spec.Version(); v != "1.5.0" {
		t.Logf("the OpenAPI file is of version %s; this client was written after 1.5.0, with the known additions of 1.6.0", v)
	}
	want := spec.Operations()
	for _, op := range coda.Operations() {
		if !slices.Contains(want, string(op)) {
			t.Errorf("%s is no operation of the OpenAPI file", op)
		}
	}
	for _, op := range want {
		if !slices.Contains(coda.Operations(), coda.Op(op)) {
			t.Errorf("operation %s is missing", op)
		}
	}
}

// TestToleratesWhatIsNew: fields and members that Coda adds, or sends in another type, break nothing.
func TestToleratesWhatIsNew(t *testing.T) {
	t.Parallel()
	s := newScripted(t)
	s.on("GET /base/apis/v1/docs/dAnyDoc001", 200, `{"id":"dAnyDoc001","name":17,"createdAt":"yesterday","icon":"none","docSize":[],"fresh":{"a":1},"updatedAt":"2026-01-02T03:04:05Z"}`)
	s.on("GET /base/apis/v1/docs/dAnyDoc001/tables/t/columns", 200, `{"items":[{"id":"c-1","name":"A","format":{"type":"hologram","depth":3}},{"id":"c-2","name":"B","format":"odd"}],"more":1}`)
	c := s.client(t)
	d, err := c.GetDoc(t.Context(), "dAnyDoc001")
	if err != nil {
		t.Fatal(err)
	}
	if d.ID != "dAnyDoc001" || d.Name != "" || !d.CreatedAt.IsZero() || d.UpdatedAt.Year() != 2026 || !strings.Contains(string(d.Raw), `"fresh":{"a":1}`) {
		t.Errorf("decoded %+v, raw %s", d, d.Raw)
	}
	cols, err := coda.Collect(c.ListColumns(t.Context(), "dAnyDoc001", "t", coda.ListColumnsOptions{}))
	if err != nil || len(cols) != 2 {
		t.Fatalf("%d columns, %v", len(cols), err)
	}
	if cols[0].Format.Type != "hologram" || !strings.Contains(string(cols[0].Format.Raw), `"depth":3`) || string(cols[1].Format.Raw) != `"odd"` {
		t.Errorf("formats %+v %+v", cols[0].Format, cols[1].Format)
	}
}

// TestPathsStayInTheirPlace: no id or name can turn a request into one about something else.
func TestPathsStayInTheirPlace(t *testing.T) {
	t.Parallel()
	s := newScripted(t)
	c := s.client(t)
	for _, doc := range []string{"", ".", "..", "a/b", "a%2Fb", "a b", "dÄoc", "a?b", "a#b", "../docs/x",
		strings.Repeat("a", 129)} {
		if _, err := c.GetDoc(t.Context(), doc); !errors.Is(err, coda.ErrInvalid) {
			t.Errorf("doc %q: %v", doc, err)
		}
	}
	for _, page := range []string{"", ".", "..", "a/../b", `a\..\b`, "%2e%2e", "a%2f..%2fb", "%252e%252e%252f", "a\nb", strings.Repeat("a", 1025)} {
		if _, err := c.GetPage(t.Context(), "dAnyDoc001", page); !errors.Is(err, coda.ErrInvalid) {
			t.Errorf("page %q: %v", page, err)
		}
	}
	if n := len(s.requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
	for page, want := range map[string]string{"Plan / done": "Plan%20%2F%20done", "100%": "100%25", "a?b#c": "a%3Fb%23c",
		"...": "...", "ü": "%C3%BC"} {
		_, _ = c.GetPage(t.Context(), "dAnyDoc001", page)
		all := s.requests()
		if got := all[len(all)-1].Path; got != "/base/apis/v1/docs/dAnyDoc001/pages/"+want {
			t.Errorf("page %q: path %s", page, got)
		}
	}
}

// TestKnownSpecBugs keeps the list of what is wrong in Coda's OpenAPI file, with the reasons, where it is read.
func TestKnownSpecBugs(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, d := range contract.Deviations() {
		fmt.Fprintf(&b, "%s: %s\n", d.Name, d.Reason)
	}
	const golden = "testdata/openapi-deviations.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("the corrections are\n%s\nbut %s says\n%s", b.String(), golden, want)
	}
}
