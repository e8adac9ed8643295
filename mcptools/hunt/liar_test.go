package hunt

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
)

// The hunt itself has to catch: answers are falsified, and the lie has to be found within a few worlds.
func TestTheHuntCatchesLiars(t *testing.T) {
	t.Parallel()
	for name, falsify := range map[string]func(v *verdict){
		"an added row is left out": func(v *verdict) {
			if ids, ok := v.data["row_ids"].([]any); ok && len(ids) > 0 && v.status() == "applied" {
				v.data["row_ids"] = ids[1:]
			}
		},
		"nothing was written, it says": func(v *verdict) {
			v.failed, v.text = true, "Nothing was written, because the doc is locked."
		},
		"a fact that the text does not tell": func(v *verdict) {
			if notes, ok := v.data["notes"].([]any); ok && !v.failed {
				v.data["notes"] = append(notes, "The page lost three tables.")
			}
		},
		"a failure without a word": func(v *verdict) { v.failed, v.text = true, "Coda is away." },
		"a row too many is deleted": func(v *verdict) {
			if ids, ok := v.data["deleted"].([]any); ok && !v.failed {
				v.data["deleted"] = append(ids, "i-another")
			}
		},
		"the undo is wrong": func(v *verdict) {
			if undo, _ := v.data["undo"].([]any); len(undo) > 1 && v.tool == "coda_update_rows" {
				v.data["undo"] = undo[1:]
			}
		},
		"applied, and it is pending": func(v *verdict) {
			if v.status() == "pending" {
				v.data["status"] = "applied"
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := uint64(1); seed < 60; seed++ {
				if liesOf(t, seed, falsify) > liesOf(t, seed, nil) {
					return
				}
			}
			t.Error("nobody noticed in 60 worlds")
		})
	}
}

// liesOf counts the lies in a world whose answers are falsified.
func liesOf(t *testing.T, seed uint64, falsify func(v *verdict)) (n int) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, seed)
		w.falsify = falsify
		for number := range perWorld {
			n += len(w.step(rand.New(rand.NewPCG(seed, uint64(number))), number).lies)
		}
	})
	return n
}
