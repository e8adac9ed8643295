package call

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/gateway/token"
)

func TestWhatACallChangedIsLogged(t *testing.T) {
	t.Parallel()
	c := &Call{ID: "R1", Principal: &token.Principal{Issuer: "i", Subject: "s", Name: "Ada\nLovelace"}}
	c.Decided("allowed", "access[1]")
	c.CodaRequest(Request{Doc: "d1", Table: "grid-1", ID: "get-1"})
	c.CodaRequest(Request{Doc: "d1", Table: "A table by its name", ID: "mutate:1", Changes: true})
	c.Changed(Effect{Status: "applied", Counts: Counts{Added: 2, Unchanged: 1}, Rows: []string{"i-1", "Ada's row", "i-2"}})
	c.End(OK, "", "")
	c.Finish(200, 1)
	var b bytes.Buffer
	log := zerolog.New(&b)
	log.Info().EmbedObject(c).Send()
	for _, want := range []string{`"person":"Ada\nLovelace"`, `"decision":"allowed"`, `"grant":"access[1]"`,
		`"docs":["d1"]`, `"tables":["grid-1"]`, `"rows":["i-1","i-2"]`, `"coda_request_ids":["get-1","mutate:1"]`,
		`"effect":{"status":"applied","added":2,"unchanged":1}`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s is not in %s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "pages") {
		t.Errorf("what there is nothing of is in %s", b.String())
	}
}

// A change that Coda accepted and no answer told of is one of unknown effect; what Coda refused is none.
func TestAChangeNobodyToldOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		fault Reason
		told  string
		want  string
	}{{"", "", EffectUnknown}, {"", "pending", "pending"}, {CodaRateLimited, "", ""}} {
		c := &Call{}
		c.CodaRequest(Request{Changes: true, Fault: test.fault})
		if test.told != "" {
			c.Changed(Effect{Status: test.told})
		}
		c.Finish(200, 1)
		if c.Effect.Status != test.want {
			t.Errorf("%+v: %q", test, c.Effect.Status)
		}
	}
}

// The lists are bounded, and reads leave room for the ids of changes.
func TestListsAreBounded(t *testing.T) {
	t.Parallel()
	c := &Call{}
	var rows []string
	for i := range 100 {
		c.CodaRequest(Request{Table: fmt.Sprint("grid-", i), ID: fmt.Sprint("get-", i)})
		rows = append(rows, fmt.Sprint("i-", i))
	}
	c.CodaRequest(Request{ID: "mutate-1", Changes: true})
	c.CodaRequest(Request{ID: strings.Repeat("x", maxID+1), Changes: true})
	c.Changed(Effect{Rows: rows, Pages: rows})
	if len(c.Tables) != MaxTables || len(c.Effect.Rows) != MaxRows || len(c.Effect.Pages) != MaxPages ||
		len(c.CodaRequestIDs) != MaxRequestIDs/2+1 || !slices.Contains(c.CodaRequestIDs, "mutate-1") {
		t.Errorf("%d tables, %d rows, %d pages, ids %v", len(c.Tables), len(c.Effect.Rows), len(c.Effect.Pages),
			c.CodaRequestIDs)
	}
}
