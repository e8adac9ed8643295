package kit

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestAdditionsAreRemarked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAdditions()
		key, err := AdditionKey("ada", "doc", "table", []string{"x"})
		if err != nil {
			t.Fatal(err)
		}
		if other, _ := AdditionKey("bob", "doc", "table", []string{"x"}); other == key {
			t.Error("two people share an addition")
		}
		if before := a.Begin(key, "ab", 0, 10, false); before != nil {
			t.Fatalf("%+v", before)
		}
		if before := a.Begin(key, "ab", 0, 10, false); before == nil || !before.Running {
			t.Errorf("while it runs: %+v", before)
		}
		a.End(key, 4, nil, []string{"i-1"}, []string{"m-1"})
		if before := a.Begin(key, "ab", 0, 10, false); before == nil || before.Next != 4 || len(before.Rows) != 1 {
			t.Errorf("a repeat: %+v", before)
		}
		if before := a.Begin(key, "ab", 2, 10, false); before == nil {
			t.Error("rows that were added are added again")
		}
		if before := a.Begin(key, "ba", 4, 10, false); before == nil || before.Order != "ab" {
			t.Errorf("going on in another order: %+v", before)
		}
		if before := a.Begin(key, "ab", 4, 10, false); before != nil {
			t.Errorf("going on: %+v", before)
		}
		a.End(key, 10, nil, []string{"i-2"}, []string{"m-2"})
		if before := a.Begin(key, "ab", 0, 10, false); before == nil || before.Next != 10 || len(before.Rows) != 2 {
			t.Errorf("a repeat of the whole: %+v", before)
		}
		if before := a.Begin(key, "ab", 0, 10, true); before != nil {
			t.Errorf("again: %+v", before)
		}
		a.End(key, 0, nil, nil, nil)
		if before := a.Begin(key, "ab", 0, 10, false); before != nil {
			t.Errorf("after one that added nothing: %+v", before)
		}
		a.End(key, 10, nil, []string{"i-3"}, nil)
		time.Sleep(additionLife)
		if before := a.Begin(key, "ab", 0, 10, false); before != nil {
			t.Errorf("after ten minutes: %+v", before)
		}
	})
}
