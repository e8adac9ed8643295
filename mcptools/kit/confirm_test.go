package kit

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

func TestAgreementHoldsForWhatItSays(t *testing.T) {
	t.Parallel()
	key, now := []byte("key"), time.Unix(1_800_000_000, 0)
	a := agreement{person: "issuer ada", tool: "coda_delete_rows", arguments: []byte(`{"rows":["i-1"]}`), act: "Delete 1 row?"}
	state := a.sign(key, now.Add(time.Minute))
	holds := func(a agreement, key []byte, state string, now time.Time) bool {
		_, _, valid := a.verify([][]byte{key}, state, now)
		return valid
	}
	if !holds(a, key, state, now) {
		t.Fatal("an agreement does not hold for itself")
	}
	changed := func(change func(*agreement)) agreement { b := a; change(&b); return b }
	for name, b := range map[string]agreement{
		"another person":   changed(func(b *agreement) { b.person = "issuer bob" }),
		"another tool":     changed(func(b *agreement) { b.tool = "coda_delete_page" }),
		"other arguments":  changed(func(b *agreement) { b.arguments = []byte(`{"rows":["i-2"]}`) }),
		"another act":      changed(func(b *agreement) { b.act = "Delete 100 rows?" }),
		"a shifted border": changed(func(b *agreement) { b.person, b.tool = "issuer adac", "oda_delete_rows" }),
		"a border gone":    changed(func(b *agreement) { b.person, b.tool = "issuer adacoda_delete_rows", "" }),
	} {
		if holds(b, key, state, now) {
			t.Errorf("the agreement holds for %s", name)
		}
	}
	if holds(a, []byte("other key"), state, now) {
		t.Error("the agreement holds under another key")
	}
	if holds(a, key, state, now.Add(2*time.Minute)) {
		t.Error("the agreement does not end")
	}
	raw, _ := base64.RawURLEncoding.DecodeString(state)
	for i := range raw {
		forged := append([]byte(nil), raw...)
		forged[i] ^= 1
		if holds(a, key, base64.RawURLEncoding.EncodeToString(forged), now) {
			t.Errorf("the agreement holds with byte %d changed", i)
		}
	}
	// The same bytes in other letters: each would otherwise be a consent that was not used yet.
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := len(state) - 1
	loose := state[:last] + string(alphabet[strings.IndexByte(alphabet, state[last])^1])
	for _, bad := range []string{state[:5] + "\n" + state[5:], state + "\r\n", "\n" + state, state + "=", loose, "", "x",
		state + "AA", state[:len(state)-2], strings.Repeat("A", 10_000)} {
		if holds(a, key, bad, now) {
			t.Errorf("%.20q holds", bad)
		}
	}
}

// A client that is strict about results takes an empty list for content, and no null.
func TestQuestionHasContent(t *testing.T) {
	t.Parallel()
	q := question{params: &mcp.ElicitParams{Mode: "form", Message: "Delete?", RequestedSchema: confirmSchema}, state: "s"}
	raw, err := json.Marshal(q.result())
	if err != nil || !strings.Contains(string(raw), `"content":[]`) {
		t.Errorf("%s, %v", raw, err)
	}
}

// The same act, agreed to twice within a second, has two states: the first is spent.
func TestStateBehindASpentOneIsAnother(t *testing.T) {
	t.Parallel()
	key, now := []byte("key"), time.Unix(1_800_000_000, 500_000_000)
	a := agreement{person: "issuer ada", tool: "coda_push_button", act: "Push?"}
	first := a.sign(key, untilAfter("", now))
	second := a.sign(key, untilAfter(first, now))
	third := a.sign(key, untilAfter(second, now.Add(100*time.Millisecond)))
	if first == second || second == third {
		t.Errorf("spent states come again: %s, %s, %s", first, second, third)
	}
	for _, state := range []string{first, second, third} {
		if _, _, valid := a.verify([][]byte{key}, state, now); !valid {
			t.Errorf("%s does not hold", state)
		}
	}
	later := now.Add(time.Hour)
	if got := untilAfter(third, later); !got.Equal(later.Add(confirmLife)) {
		t.Errorf("an old state moves the end to %s", got)
	}
	far := a.sign(key, now.Add(1000*time.Hour))
	if got := untilAfter(far, now); !got.Equal(now.Add(confirmLife)) {
		t.Errorf("a state that ends far away moves the end to %s", got)
	}
}
