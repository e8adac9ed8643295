package coda

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
)

// seenDocs is what a page token of a listing through a view holds: the question, and how many documents were shown. It
// says nothing of how many were passed over, as Coda's own would.
type seenDocs struct {
	Query string `json:"q"`
	Shown int    `json:"n"`
}

// rawDocs is the page size that is asked for behind a view: most of it may be passed over.
const rawDocs = 200

// defaultDocs is how many documents Coda lists where nobody says.
const defaultDocs = 25

// listSeenDocs makes a page of the documents that exist for the caller, as full as Coda's own would be.
func (c *Client) listSeenDocs(ctx context.Context, r request) ([]byte, error) {
	query, skip, err := seenQuery(r)
	if err != nil {
		return nil, err
	}
	limit := defaultDocs
	if n, err := strconv.Atoi(query.Get("limit")); err == nil && n > 0 {
		limit = min(n, rawDocs)
	}
	s := &sight{c: c, asked: r, sent: r}
	if source := query.Get("sourceDoc"); source != "" {
		if err := c.view.Doc(ctx, UseListed, source, nil); errors.Is(err, ErrAbsent) {
			query.Set("sourceDoc", s.mask(nothing.doc, source))
		} else if err != nil {
			return nil, refusedBy(r, err)
		}
	}
	raw := url.Values{}
	for key := range query {
		raw[key] = query[key]
	}
	raw.Set("limit", strconv.Itoa(rawDocs))
	items, more := []json.RawMessage{}, false
	for requests := 0; ; requests++ {
		if requests == c.cfg.MaxPages {
			return nil, &Error{Op: r.op, kinds: []error{ErrPageCap},
				Err: fmt.Errorf("%d requests were not enough; narrow the list", requests)}
		}
		s.sent.query, s.sent.also = raw, nil
		body, err := c.sendAs(ctx, r, s)
		if err != nil {
			return nil, s.unmask(err)
		}
		var page struct {
			Items []json.RawMessage `json:"items"`
			Next  string            `json:"nextPageToken"`
		}
		if err := json.Unmarshal(body, &page); err != nil {
			return nil, c.badAnswer(r, err)
		}
		for _, item := range page.Items {
			shown, err := c.showListed(ctx, item)
			switch {
			case err != nil:
				return nil, refusedBy(r, err)
			case shown == nil:
				continue
			case skip > 0:
				skip--
				continue
			}
			if more = len(items) == limit; more {
				break
			}
			items = append(items, shown)
		}
		if more || page.Next == "" {
			break
		}
		raw = url.Values{"pageToken": {page.Next}}
	}
	return seenPage(query, items, more, r)
}

// showListed is a document of a listing as the caller sees it; nil where it does not exist.
func (c *Client) showListed(ctx context.Context, item json.RawMessage) (json.RawMessage, error) {
	var d struct {
		ID        DocID         `json:"id"`
		Folder    FolderLink    `json:"folder"`
		Workspace WorkspaceLink `json:"workspace"`
	}
	if err := decode(item, &d); err != nil || checkDocID(d.ID) != nil {
		return nil, nil
	}
	switch err := c.view.Doc(ctx, UseListed, d.ID, &Lies{d.Folder.ID, d.Workspace.ID}); {
	case errors.Is(err, ErrAbsent), errors.Is(err, ErrGuard):
		return nil, nil
	case err != nil:
		return nil, err
	}
	s := &sight{c: c, asked: request{op: OpGetDoc, path: []string{d.ID}}}
	fields, err := object(item)
	if err != nil {
		return nil, nil
	}
	if c.view.Hidden != nil {
		if err := s.hide(ctx, d.ID); err != nil {
			return nil, err
		}
	}
	if err := s.doc(ctx, fields); err != nil {
		return nil, err
	}
	return json.Marshal(fields)
}

// seenQuery is the question of a listing, and how much of its answer has been shown.
func seenQuery(r request) (url.Values, int, error) {
	token := r.query.Get("pageToken")
	if token == "" {
		q := url.Values{}
		for key, values := range r.query {
			q[key] = values
		}
		return q, 0, nil
	}
	var seen seenDocs
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err == nil {
		err = json.Unmarshal(text, &seen)
	}
	var q url.Values
	if err == nil {
		q, err = url.ParseQuery(seen.Query)
	}
	if err != nil || seen.Shown < 1 || q.Has("pageToken") {
		return nil, 0, invalidf(r.op, "", "the page token is not from this list; begin again without it")
	}
	return q, seen.Shown, nil
}

func seenPage(query url.Values, items []json.RawMessage, more bool, r request) ([]byte, error) {
	page := map[string]any{"items": items}
	if more {
		_, before, err := seenQuery(r)
		if err != nil {
			return nil, err
		}
		token, err := json.Marshal(seenDocs{Query: query.Encode(), Shown: before + len(items)})
		if err != nil {
			return nil, err
		}
		page["nextPageToken"] = base64.RawURLEncoding.EncodeToString(token)
	}
	return json.Marshal(page)
}
