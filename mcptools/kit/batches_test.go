package kit

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// TestBatchesAreKept for their owner, a while, and within bounds.
func TestBatchesAreKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		m := NewMemoryBatches().(*memoryBatches)
		keep := func(owner string, size int) string {
			id, err := m.Keep(ctx, owner, []byte(strings.Repeat("x", size)), batchLife)
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		there := func(owner, id string) bool {
			_, found, err := m.Get(ctx, owner, id)
			return found && err == nil
		}
		id := keep("ada", 10)
		if !there("ada", id) || there("eve", id) || there("ada", id+"x") {
			t.Error("a batch is its owner's alone")
		}
		// One person's are few, and do not push out others'.
		bob := keep("bob", 10)
		for range mostBatchesOfOne {
			keep("ada", 10)
		}
		if there("ada", id) || !there("bob", bob) {
			t.Error("the oldest of the same person goes first")
		}
		if big := keep("ada", mostBatchBytesOfOne+1); big != "" {
			t.Error("a batch that is too large was kept")
		}
		last := keep("ada", mostBatchBytesOfOne)
		if !there("ada", last) || m.order.Len() != 2 {
			t.Errorf("%d batches are kept", m.order.Len())
		}
		for i := range 2 * mostBatches {
			keep(fmt.Sprint("p", i), 100_000)
		}
		if m.order.Len() > mostBatches || m.bytes > mostBatchBytes || len(m.byID) != m.order.Len() {
			t.Errorf("%d batches of %d bytes are kept, %d by id", m.order.Len(), m.bytes, len(m.byID))
		}
		time.Sleep(batchLife)
		keep("x", 1)
		if m.order.Len() != 1 || m.bytes != 1 {
			t.Errorf("after their time %d batches are kept", m.order.Len())
		}
	})
}

type batchInput struct {
	Table string           `json:"table" required:"or batch"`
	Rows  []map[string]any `json:"rows"`
	Dates string           `json:"dates" enum:"dmy,mdy,ymd"`
	Batch string           `json:"batch"`
	Map   map[string]any   `json:"map"`
}

// TestCallsByBatch have the arguments of the call before, and what they say themselves.
func TestCallsByBatch(t *testing.T) {
	t.Parallel()
	spec := Tool(Spec{Name: "coda_try"}, func(context.Context, *Call, batchInput) (*Answer, error) { return nil, nil })
	f := NewFrame(FrameConfig{})
	call := func(owner, raw string) (map[string]any, error) {
		c := &Call{Frame: f, spec: &spec, Caller: Caller{ID: owner}}
		arguments, _, err := arrange(json.RawMessage(raw), spec.params)
		if err == nil {
			c.arguments, err = c.withBatch(t.Context(), arguments)
		}
		return c.arguments, err
	}
	first := `{"table":"T","rows":[{"A":"007","N":9007199254740993}],"map":{"A":{"x":"y"},"B":{"1":2}}}`
	if _, err := call("ada", first); err != nil {
		t.Fatal(err)
	}
	id := (&Call{Frame: f, spec: &spec, Caller: Caller{ID: "ada"}, request: &mcp.CallToolRequest{
		Params: &mcp.CallToolParamsRaw{Arguments: json.RawMessage(first)}}}).KeepArguments(t.Context())
	if id == "" {
		t.Fatal("the call was not kept")
	}
	got, err := call("ada", fmt.Sprintf(`{"batch":%q,"dates":"dmy","map":{"A":{"z":null}}}`, id))
	want := map[string]any{"table": "T", "dates": "dmy",
		"rows": []map[string]any{{"A": "007", "N": json.Number("9007199254740993")}},
		"map":  map[string]any{"A": map[string]any{"x": "y", "z": nil}, "B": map[string]any{"1": json.Number("2")}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v\nwant %v", got, err, want)
	}
	for raw, words := range map[string]string{
		`{"rows":[{"A":1}]}`:                             `"table" is missing`,
		`{"batch":"bnothing"}`:                           "Send the rows again",
		fmt.Sprintf(`{"batch":%q,"rows":[{"A":1}]}`, id): `Pass either "batch" or "rows"`,
	} {
		if _, err := call("ada", raw); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v, want %q", raw, err, words)
		}
	}
	if _, err := call("eve", fmt.Sprintf(`{"batch":%q}`, id)); err == nil || !strings.Contains(err.Error(), "for the person who sent it") {
		t.Errorf("another's batch: %v", err)
	}
}

func TestMapOf(t *testing.T) {
	t.Parallel()
	values, columns, err := MapOf(map[string]any{"Status": map[string]any{" Dnoe ": "Done"}, "Owner": `{"Theo":null}`, "Nmae": "Name", "Old": nil})
	if err != nil || !reflect.DeepEqual(values,
		map[string]map[string]any{"Status": {"Dnoe": "Done"}, "Owner": {"Theo": nil}}) ||
		!reflect.DeepEqual(columns, map[string]string{"Nmae": "Name", "Old": ""}) {
		t.Errorf("%v, %v, %v", values, columns, err)
	}
	if _, _, err := MapOf(map[string]any{"Status": 7}); err == nil || !strings.Contains(err.Error(), `"Status"`) {
		t.Errorf("a map that is none: %v", err)
	}
}
