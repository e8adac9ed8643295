package codatest

import "testing"

func TestFactsTellWhatIsOutsideOfContent(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	before := a.srv.Facts()
	a.call(200, "PATCH", roadmapPath, obj{"title": "Plan"})
	who := obj{"type": "email", "email": "x@example.com"}
	a.call(200, "POST", roadmapPath+"/acl/permissions", obj{"access": "write", "principal": who})
	a.call(200, "PATCH", roadmapPath+"/acl/settings", obj{"allowCopying": false})
	a.call(200, "DELETE", roadmapPath+"/publish", nil)
	a.call(201, "POST", "/folders", obj{"name": "New", "workspaceId": "ws-acme"})
	a.call(200, "POST", "/workspaces/ws-acme/users/role", obj{"email": "lin@example.com", "newRole": "DocMaker"})
	after := a.srv.Facts()
	changed := map[string]string{}
	for k, v := range after {
		if before[k] != v {
			changed[k] = v
		}
	}
	for k := range before {
		if _, ok := after[k]; !ok {
			changed[k] = "gone"
		}
	}
	const doc = "doc " + DemoRoadmap + " "
	for k, want := range map[string]string{
		doc + "name": "Plan", doc + "permission email x@example.com": "write", doc + "copying": "false",
		doc + "published": "gone", "role lin@example.com": "DocMaker",
	} {
		if changed[k] != want {
			t.Errorf("%s is %q, want %q", k, changed[k], want)
		}
		delete(changed, k)
	}
	if len(changed) != 1 {
		t.Errorf("beside them changed %v, want the new folder", changed)
	}
}
