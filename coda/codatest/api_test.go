package codatest

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const roadmapPath = "/docs/" + DemoRoadmap

// api is a bare client for the tests of this package.
type api struct {
	t     testing.TB
	srv   *Server
	token string
}

func newAPI(t testing.TB, opts ...Options) *api {
	t.Helper()
	return &api{t, New(t, opts...), DemoToken}
}

func (a *api) as(token string) *api { return &api{a.t, a.srv, token} }

// send makes a request; body is JSON text, a value to be encoded, or nil.
func (a *api) send(method, path string, body any, header ...string) (*http.Response, []byte, error) {
	a.t.Helper()
	var text string
	switch b := body.(type) {
	case nil:
	case string:
		text = b
	default:
		j, err := json.Marshal(b)
		if err != nil {
			a.t.Fatal(err)
		}
		text = string(j)
	}
	url := path
	if strings.HasPrefix(path, "/") {
		url = a.srv.URL() + path
	}
	req, err := http.NewRequest(method, url, strings.NewReader(text))
	if err != nil {
		a.t.Fatal(err)
	}
	if a.token != "" {
		req.Header.Set("Authorization", "Bearer "+a.token)
	}
	if text != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := a.srv.Client().Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp, b, err
}

// call makes a request that must be answered with the status, and returns the answer.
func (a *api) call(want int, method, path string, body any, header ...string) obj {
	a.t.Helper()
	resp, b, err := a.send(method, path, body, header...)
	if err != nil {
		a.t.Fatalf("%s %s: %v", method, path, err)
	}
	var out obj
	if err := json.Unmarshal(b, &out); err != nil {
		a.t.Fatalf("%s %s: %v in %q", method, path, err, b)
	}
	if resp.StatusCode != want {
		a.t.Fatalf("%s %s: status %d, want %d: %s", method, path, resp.StatusCode, want, b)
	}
	if ct := resp.Header.Get("Content-Type"); ct != "application/json; charset=utf-8" {
		a.t.Errorf("%s %s: Content-Type %q", method, path, ct)
	}
	if want >= 400 && (out["statusCode"] != float64(want) || out["statusMessage"] == "" || out["message"] == "") {
		a.t.Errorf("%s %s: error body %s", method, path, b)
	}
	return out
}

func (a *api) get(path string, header ...string) obj {
	a.t.Helper()
	return a.call(200, "GET", path, nil, header...)
}

func items(o obj) []obj {
	var out []obj
	list, _ := o["items"].([]any)
	for _, v := range list {
		out = append(out, v.(obj))
	}
	return out
}

func names(o obj) string {
	var out []string
	for _, i := range items(o) {
		name, _ := i["name"].(string)
		out = append(out, name)
	}
	return strings.Join(out, ", ")
}

// rowBody is the body of an upsert of one row.
func rowBody(keys []string, cells ...any) obj {
	var list []obj
	for i := 0; i+1 < len(cells); i += 2 {
		list = append(list, obj{"column": cells[i], "value": cells[i+1]})
	}
	b := obj{"rows": []obj{{"cells": list}}}
	if keys != nil {
		b["keyColumns"] = keys
	}
	return b
}
