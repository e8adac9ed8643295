package mcptools

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// manual is a world whose client answers questions by hand.
func manual(t *testing.T, person *string) *world {
	return newWorld(t, worldOptions{behavior: swift(), reply: replies["yes"], manual: true,
		caller: func(c *Caller) { c.ID = *person }})
}

func (w *world) callWith(tool, arguments, state string, responses mcp.InputResponseMap) *mcp.CallToolResult {
	w.t.Helper()
	result, err := w.session.CallTool(context.Background(), &mcp.CallToolParams{
		Name: tool, Arguments: json.RawMessage(arguments), RequestState: state, InputResponses: responses,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return result
}

func TestConsentCannotBeCarriedOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		person := "ada"
		w := manual(t, &person)
		const one = `{"table":"Features","doc":"dRoadmap01","rows":["Camera"]}`
		const other = `{"table":"Features","doc":"dRoadmap01","rows":["Gripper"]}`
		asked := w.callWith("coda_delete_rows", one, "", nil)
		if !asked.NeedsInput() || asked.RequestState == "" {
			t.Fatalf("was not asked: %s", textOf(asked))
		}
		if strings.Contains(asked.RequestState, "ada") {
			t.Error("the state tells who it is for")
		}
		yes := mcp.InputResponseMap{"confirm": replies["yes"]("")}
		for name, result := range map[string]*mcp.CallToolResult{
			"for other arguments": w.callWith("coda_delete_rows", other, asked.RequestState, yes),
			"for no state":        w.callWith("coda_delete_rows", one, "", yes),
			"for a forged state": w.callWith("coda_delete_rows", one, asked.RequestState[:20]+"AAAA"+asked.RequestState[24:],
				yes),
			"for no answer": w.callWith("coda_delete_rows", one, asked.RequestState, nil),
			"for another question": w.callWith("coda_delete_rows", one, asked.RequestState,
				mcp.InputResponseMap{"else": replies["yes"]("")}),
		} {
			if !result.NeedsInput() {
				t.Errorf("consent counted %s: %s", name, textOf(result))
			}
		}
		person = "bob"
		if result := w.callWith("coda_delete_rows", one, asked.RequestState, yes); !result.NeedsInput() {
			t.Errorf("ada's consent counted for bob: %s", textOf(result))
		}
		person = "ada"
		<-time.After(10*time.Minute + time.Second)
		if result := w.callWith("coda_delete_rows", one, asked.RequestState, yes); !result.NeedsInput() {
			t.Errorf("consent counted after its time: %s", textOf(result))
		}
		if n := w.coda.Requests().Count("deleteRow", "deleteRows"); n != 0 {
			t.Fatalf("%d rows were deleted without consent", n)
		}
		again := w.callWith("coda_delete_rows", one, "", nil)
		if result := w.callWith("coda_delete_rows", one, again.RequestState, yes); result.IsError || result.NeedsInput() {
			t.Errorf("consent did not count: %s", textOf(result))
		}
		if result := w.callWith("coda_delete_rows", one, again.RequestState, yes); !result.NeedsInput() &&
			!strings.Contains(textOf(result), "No row is called") {
			t.Errorf("consent counted twice: %s", textOf(result))
		}
		push := func(state string, responses mcp.InputResponseMap) *mcp.CallToolResult {
			return w.callWith("coda_push_button", `{"table":"Features","doc":"dRoadmap01","row":"Gripper","button":"Log it"}`, state, responses)
		}
		shown := push("", nil)
		if result := push(shown.RequestState, yes); result.IsError || result.NeedsInput() {
			t.Errorf("%s", textOf(result))
		}
		if result := push(shown.RequestState, yes); !result.NeedsInput() {
			t.Errorf("a button was pushed twice by one consent: %s", textOf(result))
		}
		if n := w.coda.Requests().Count("pushButton"); n != 1 {
			t.Errorf("the button was pushed %d times", n)
		}
		if _, still := w.coda.Doc("dRoadmap01").Table("Features").Row("Camera"); still {
			t.Error("the row is still there")
		}
		for name, no := range map[string]string{"no": "no", "a cancel": "cancel"} {
			shown = push("", nil)
			if result := push(shown.RequestState, mcp.InputResponseMap{"confirm": replies[no]("")}); !result.IsError {
				t.Errorf("after %s: %s", name, textOf(result))
			}
			if result := push(shown.RequestState, yes); !result.NeedsInput() {
				t.Errorf("%s became a yes without another question: %s", name, textOf(result))
			}
		}
	})
}

// What was asked before the process began may have been used in the one before: it is asked again, unless somebody else
// remembers what was used.
func TestConsentBeforeTheProcess(t *testing.T) {
	t.Parallel()
	const push = `{"table":"Features","doc":"dRoadmap01","row":"Gripper","button":"Log it"}`
	claims := func(context.Context, string, time.Duration) (bool, error) { return true, nil }
	for name, c := range map[string]struct {
		later  func(*Config, *Memory)
		counts bool
	}{
		"another process":         {later: func(*Config, *Memory) {}},
		"a reload":                {later: func(cfg *Config, before *Memory) { cfg.Memory = before }, counts: true},
		"claimed among processes": {later: func(cfg *Config, _ *Memory) { cfg.Claim = claims }, counts: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				memory := NewMemory()
				first := newWorld(t, worldOptions{behavior: swift(), legacy: true,
					config: func(cfg *Config) { cfg.Memory = memory }})
				confirm := must[rowsAnswer](first, "coda_push_button", push).Confirm
				<-time.After(time.Millisecond)
				w := newWorld(t, worldOptions{behavior: swift(), legacy: true,
					config: func(cfg *Config) { c.later(cfg, memory) }})
				again := must[rowsAnswer](w, "coda_push_button", withArgument(t, push, "confirm", confirm))
				if n := w.coda.Requests().Count("pushButton"); n == 1 != c.counts {
					t.Fatalf("pushed %d times: %s", n, again.Done)
				}
				if !c.counts {
					must[rowsAnswer](w, "coda_push_button", withArgument(t, push, "confirm", again.Confirm))
					if n := w.coda.Requests().Count("pushButton"); n != 1 {
						t.Errorf("agreed again, and pushed %d times", n)
					}
				}
			})
		})
	}
}

// What would be lost is looked at again when the consent comes.
func TestConsentIsToTheLossThatWasShown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		person := "ada"
		w := manual(t, &person)
		const delete = `{"page":"Interview guide","doc":"dHiring001"}`
		asked := w.callWith("coda_delete_page", delete, "", nil)
		w.call("coda_create_page", `{"doc":"dHiring001","name":"Precious","parent":"Interview guide"}`)
		result := w.callWith("coda_delete_page", delete, asked.RequestState,
			mcp.InputResponseMap{"confirm": replies["yes"]("")})
		if !result.NeedsInput() {
			t.Fatalf("a page was deleted with more below it than was shown: %s", textOf(result))
		}
	})
}
