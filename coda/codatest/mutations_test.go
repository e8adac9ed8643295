package codatest

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const featureRows = roadmapPath + "/tables/Features/rows"

func slow() Behavior { return Behavior{WriteDelay: Exactly(20 * time.Second)} }

func TestWritesAreAppliedLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := slow()
		b.MutationStatusLag = Exactly(3 * time.Second)
		a := newAPI(t, Options{InMemory: true, Behavior: b})
		added := a.call(202, "POST", featureRows, rowBody(nil, "Name", "Wheels"))
		row := added["addedRowIds"].([]any)[0].(string)
		status := "/mutationStatus/" + added["requestId"].(string)

		a.call(404, "GET", status, nil)
		a.call(404, "GET", featureRows+"/"+row, nil)
		if n := a.srv.Pending(); n != 1 {
			t.Errorf("%d writes are pending, want 1", n)
		}
		time.Sleep(3 * time.Second)
		if a.get(status)["completed"] != false {
			t.Error("completed before the delay was over")
		}
		time.Sleep(17 * time.Second)
		if a.get(status)["completed"] != true {
			t.Error("not completed after the delay")
		}
		if got := a.get(featureRows + "/" + row)["name"]; got != "Wheels" {
			t.Errorf("the row is called %v", got)
		}
		time.Sleep(statusKept + time.Second)
		a.call(404, "GET", status, nil)
	})
}

func TestWritesKeepTheirOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAPI(t, Options{InMemory: true, Behavior: Behavior{WriteDelay: Span{time.Second, 20 * time.Second}}})
		for _, name := range []string{"one", "two", "three", "four", "five", "six"} {
			a.call(202, "PUT", featureRows+"/i-FeatGrip01", obj{"row": obj{"cells": []obj{{"column": "Name", "value": name}}}})
		}
		time.Sleep(20 * time.Second)
		if got := a.get(featureRows + "/i-FeatGrip01")["name"]; got != "six" {
			t.Errorf("the last write was overtaken: %v", got)
		}
	})
}

func TestReadsComeFromASnapshot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAPI(t, Options{InMemory: true, Behavior: Behavior{SnapshotEvery: 30 * time.Second}})
		a.get(featureRows) // takes the first snapshot
		time.Sleep(time.Second)
		added := a.call(202, "POST", featureRows, rowBody(nil, "Name", "Wheels"))
		row := "/" + added["addedRowIds"].([]any)[0].(string)
		if a.get("/mutationStatus/" + added["requestId"].(string))["completed"] != true {
			t.Error("the write is not applied")
		}
		a.call(404, "GET", featureRows+row, nil)
		if got := a.call(400, "GET", featureRows, nil, "X-Coda-Doc-Version",
			"latest")["message"]; got != "Doc is not yet up to date." {
			t.Errorf("message %q", got)
		}
		if _, ok := a.srv.Doc(DemoRoadmap).Table("Features").Row("Wheels"); !ok {
			t.Error("the inspection does not see what is applied")
		}
		time.Sleep(29 * time.Second)
		a.get(featureRows+row, "X-Coda-Doc-Version", "latest")
	})
}

func TestDocVersionHeader(t *testing.T) {
	t.Parallel()
	a := newAPI(t, Options{Behavior: Behavior{WriteDelay: Exactly(time.Hour)}})
	a.get(featureRows, "X-Coda-Doc-Version", "latest")
	a.call(400, "GET", featureRows, nil, "X-Coda-Doc-Version", "12")
	a.call(202, "POST", featureRows, rowBody(nil, "Name", "Wheels"))
	a.call(400, "GET", roadmapPath, nil, "X-Coda-Doc-Version", "latest")
	a.get("/docs/"+DemoWiki, "X-Coda-Doc-Version", "latest") // another doc
	a.srv.Settle()
	a.get(roadmapPath, "X-Coda-Doc-Version", "latest")
	a.srv.Behave(func(b *Behavior) { b.IgnoreDocVersion = true })
	a.get(featureRows, "X-Coda-Doc-Version", "12")
}

func TestMutationStatusBelongsToItsAccount(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	id := a.call(202, "POST", featureRows, rowBody(nil, "Name", "Wheels"))["requestId"].(string)
	a.as(DemoTokenGrace).call(404, "GET", "/mutationStatus/"+id, nil)
	a.as(DemoTokenAdaSecond).get("/mutationStatus/" + id)
	a.as(DemoTokenRoadmap).get("/mutationStatus/" + id) // a doc-scoped token may ask
	a.as(DemoTokenWriteOnly).call(401, "GET", "/mutationStatus/"+id, nil)
	other := a.call(202, "DELETE", "/docs/"+DemoWiki+"/pages/FAQ", nil)["requestId"].(string)
	a.as(DemoTokenRoadmap).call(404, "GET", "/mutationStatus/"+other, nil)
}

func TestMutationWarning(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	page := obj{"name": "Broken", "pageContent": obj{"type": "canvas",
		"canvasContent": obj{"format": "html", "content": "<p>one<b>two</p>"}}}
	id := a.call(202, "POST", roadmapPath+"/pages", page)["requestId"].(string)
	if got := a.get("/mutationStatus/" + id)["warning"]; got != invalidHTML {
		t.Errorf("warning %v", got)
	}
	a.srv.Behave(func(b *Behavior) { b.MutationWarning = "mind the gap" })
	id = a.call(202, "POST", featureRows, rowBody(nil, "Name", "x"))["requestId"].(string)
	if got := a.get("/mutationStatus/" + id)["warning"]; got != "mind the gap" {
		t.Errorf("warning %v", got)
	}
}

func TestBehaviorProfiles(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAPI(t, Options{InMemory: true, Behavior: Realistic()})
		id := a.call(202, "POST", featureRows, rowBody(nil, "Name", "Wheels"))["requestId"].(string)
		time.Sleep(5 * time.Second)
		if a.get("/mutationStatus/" + id)["completed"] != false {
			t.Error("a realistic write took less than 5 s")
		}
		time.Sleep(21 * time.Second)
		if a.get("/mutationStatus/" + id)["completed"] != true {
			t.Error("a realistic write took more than 26 s")
		}
		a.srv.Behave(func(b *Behavior) { *b = Brisk() })
		if a.srv.Behavior().BlobLinkLife != 300*time.Second {
			t.Error("a changed behavior has no defaults")
		}
		id = a.call(202, "POST", featureRows, rowBody(nil, "Name", "Doors"))["requestId"].(string)
		time.Sleep(300 * time.Millisecond)
		if a.get("/mutationStatus/" + id)["completed"] != true {
			t.Error("a brisk write took more than 300 ms")
		}
	})
}

func TestIDsLookLikeCodas(t *testing.T) {
	t.Parallel()
	a, b := newAPI(t), newAPI(t)
	one := a.call(202, "POST", featureRows, rowBody(nil, "Name", "Wheels"))
	two := b.call(202, "POST", featureRows, rowBody(nil, "Name", "Wheels"))
	if one["requestId"] != two["requestId"] {
		t.Errorf("ids differ between runs: %v, %v", one["requestId"], two["requestId"])
	}
	if id := one["addedRowIds"].([]any)[0].(string); !strings.HasPrefix(id, "i-") {
		t.Errorf("row id %q", id)
	}
}
