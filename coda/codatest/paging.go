package codatest

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strconv"
)

// pageCursor is what a page token carries. Coda ignores all other parameters
// when a token is given, so the token remembers them, the limit included.
type pageCursor struct {
	Path   string `json:"p"`
	Query  string `json:"q"`
	Offset int    `json:"o"`
}

func (p pageCursor) token() string {
	b, _ := json.Marshal(p)
	return base64.RawURLEncoding.EncodeToString(b)
}

func parsePageToken(token, path string) (pageCursor, url.Values, error) {
	bad := badRequest("Invalid page token.")
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return pageCursor{}, nil, bad
	}
	var p pageCursor
	if json.Unmarshal(raw, &p) != nil || p.Offset < 0 || p.Path != path {
		return pageCursor{}, nil, bad
	}
	q, err := url.ParseQuery(p.Query)
	if err != nil || q.Has("pageToken") {
		return pageCursor{}, nil, bad
	}
	return p, q, nil
}

// window is the part of a list that one answer shows.
type window struct {
	offset, limit int
	query         string
}

// window reads limit and pageToken. With a token, the query of the request is
// replaced by the one the token remembers.
func (c *call) window(def, maximum int) (window, error) {
	w := window{limit: def}
	q := c.params
	if tok := q.Get("pageToken"); tok != "" {
		p, remembered, err := parsePageToken(tok, c.r.URL.Path)
		if err != nil {
			return w, err
		}
		w.offset, q = p.Offset, remembered
		c.params = remembered
	}
	if v := q.Get("limit"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 {
			return w, badRequest("Invalid value %q for query parameter \"limit\": must be a number of at least 1", v)
		}
		w.limit = n
	}
	w.limit = min(w.limit, maximum)
	w.query = q.Encode()
	return w, nil
}

// page cuts the window out of all and makes the list answer.
func page[T any](c *call, w window, all []T, render func(T) any) obj {
	items := []any{}
	end := len(all)
	if w.offset < end {
		end = min(len(all), w.offset+w.limit)
		for _, v := range all[w.offset:end] {
			items = append(items, render(v))
		}
	}
	out := obj{"items": items, "href": c.self(w.query)}
	if end < len(all) {
		c.next(out, w, end)
	}
	return out
}

func (c *call) self(query string) string {
	u := c.origin + c.r.URL.EscapedPath()
	if query != "" {
		u += "?" + query
	}
	return u
}

func (c *call) next(out obj, w window, offset int) {
	tok := pageCursor{Path: c.r.URL.Path, Query: w.query, Offset: offset}.token()
	out["nextPageToken"] = tok
	out["nextPageLink"] = c.self("pageToken=" + url.QueryEscape(tok))
}
