package coda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// ListOptions bounds a listing.
type ListOptions struct {
	// PageSize is the number of items asked for per request. 0 = as many as Coda is known to give. Coda gives fewer when
	// it likes.
	PageSize int
	// PageToken begins where an earlier listing ended ([Page.NextPageToken]). Coda then ignores all other options.
	PageToken string
	// MaxPages bounds the requests; beyond it the listing ends with an error that matches [ErrPageCap]. 0 =
	// [Config.MaxPages].
	MaxPages int
}

// Page is a part of a list.
type Page[T any] struct {
	Items []*T
	// NextPageToken is empty on the last page, and only there: neither a short page nor an empty one ends a list.
	NextPageToken string
}

// lister lists with one operation.
type lister[T any] struct {
	request request
	opts    ListOptions
	// size is the page size asked for by default; 0 = the operation takes none.
	size int
	// items is the name of the list in the answer; "items" by default.
	items string
	// key identifies an item, so that none is given twice. Lists whose items may share a key have none, and cannot begin
	// again once the caller has seen some of them.
	key func(*T) string
	// keep leaves out what the guard refuses.
	keep func(*T) bool
}

// minPageSize is the smallest page that a restart asks for.
const minPageSize = 10

// all walks over the pages. Coda answers 504 to a page that takes it too long and freezes the page size in its token,
// so the list then begins again with half the size, passing over what the caller has seen.
func (l lister[T]) all(ctx context.Context, c *Client) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		maxPages := l.opts.MaxPages
		if maxPages <= 0 {
			maxPages = c.cfg.MaxPages
		}
		size := l.pageSize()
		seen := make(map[string]struct{})
		token, count := l.opts.PageToken, 0
		for n := 1; ; n++ {
			shrink := size > minPageSize && l.opts.PageToken == "" && (l.key != nil || count == 0)
			page, err := l.fetch(ctx, c, token, size, shrink)
			if shrink && statusOf(err) == http.StatusGatewayTimeout {
				size = max(size/2, minPageSize)
				token, count = "", 0
				c.report(ctx, ListRestarted{Op: l.request.op, PageSize: size})
				continue
			}
			if err != nil {
				yield(nil, err)
				return
			}
			count += len(page.Items)
			c.report(ctx, PageFetched{Op: l.request.op, Pages: n, Items: count})
			for _, item := range page.Items {
				if k := l.keyOf(item); k != "" {
					if _, dup := seen[k]; dup {
						continue
					}
					seen[k] = struct{}{}
				}
				if l.keep != nil && !l.keep(item) {
					continue
				}
				if !yield(item, nil) {
					return
				}
			}
			switch {
			case page.NextPageToken == "":
				return
			case page.NextPageToken == token:
				yield(nil, c.badAnswer(l.request, fmt.Errorf("page token %q leads to itself", clip(token, 40))))
				return
			case n >= maxPages:
				yield(nil, &Error{Op: l.request.op, Doc: l.request.doc(), kinds: []error{ErrPageCap},
					Err: fmt.Errorf("%d requests gave %d items and there are more; narrow the list or continue with the page token "+
						"%q", n, count, page.NextPageToken)})
				return
			}
			token = page.NextPageToken
		}
	}
}

// keyOf is empty where the list has no keys or Coda left this one out.
func (l lister[T]) keyOf(item *T) string {
	if l.key == nil {
		return ""
	}
	return l.key(item)
}

// page fetches one page at the caller's token.
func (l lister[T]) page(ctx context.Context, c *Client) (Page[T], error) {
	size := l.pageSize()
	for {
		shrink := size > minPageSize && l.opts.PageToken == ""
		page, err := l.fetch(ctx, c, l.opts.PageToken, size, shrink)
		if shrink && statusOf(err) == http.StatusGatewayTimeout {
			size = max(size/2, minPageSize)
			c.report(ctx, ListRestarted{Op: l.request.op, PageSize: size})
			continue
		}
		if err != nil {
			return Page[T]{}, err
		}
		if l.keep != nil {
			kept := page.Items[:0]
			for _, item := range page.Items {
				if l.keep(item) {
					kept = append(kept, item)
				}
			}
			page.Items = kept
		}
		return page, nil
	}
}

func (l lister[T]) pageSize() int {
	if l.size == 0 {
		return 0
	}
	if l.opts.PageSize > 0 {
		return min(l.opts.PageSize, l.size)
	}
	return l.size
}

func (l lister[T]) fetch(ctx context.Context, c *Client, token string, size int, impatient bool) (Page[T], error) {
	r := l.request
	r.impatient = impatient
	r.query = maps.Clone(r.query)
	if r.query == nil {
		r.query = make(url.Values)
	}
	token, err := c.openToken(r, token)
	if err != nil {
		return Page[T]{}, err
	}
	if token != "" {
		r.query = url.Values{"pageToken": {token}}
	} else if size > 0 {
		r.query.Set("limit", strconv.Itoa(size))
	}
	body, err := c.send(ctx, r)
	if err != nil {
		return Page[T]{}, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return Page[T]{}, c.badAnswer(r, fmt.Errorf("list is not a JSON object: %w", err))
	}
	name := l.items
	if name == "" {
		name = "items"
	}
	var items []json.RawMessage
	if err := json.Unmarshal(fields[name], &items); err != nil && len(fields[name]) > 0 {
		return Page[T]{}, c.badAnswer(r, fmt.Errorf("%q is not a list: %w", name, err))
	}
	if len(fields[name]) == 0 && len(fields["nextPageToken"]) == 0 {
		// Some other answer, not an empty list: the page guard would take that for proof that nothing can be lost.
		return Page[T]{}, c.badAnswer(r, fmt.Errorf("there is no %q", name))
	}
	page := Page[T]{Items: make([]*T, 0, len(items))}
	if raw := fields["nextPageToken"]; len(raw) > 0 {
		// A token that is not a string would end the list in silence.
		if err := json.Unmarshal(raw, &page.NextPageToken); err != nil {
			return Page[T]{}, c.badAnswer(r, fmt.Errorf("nextPageToken: %w", err))
		}
		page.NextPageToken = c.signToken(r, page.NextPageToken)
	}
	for _, raw := range items {
		item := new(T)
		if err := decode(raw, item); err != nil {
			return Page[T]{}, c.badAnswer(r, fmt.Errorf("list item: %w", err))
		}
		page.Items = append(page.Items, item)
	}
	return page, nil
}

func statusOf(err error) int {
	var e *Error
	if errors.As(err, &e) {
		return e.StatusCode
	}
	return 0
}

// Collect gathers a listing. On an error it returns what came before.
func Collect[T any](seq iter.Seq2[*T, error]) ([]*T, error) {
	var all []*T
	for v, err := range seq {
		if err != nil {
			return all, err
		}
		all = append(all, v)
	}
	return all, nil
}

// values builds a query and leaves out what is not set.
type values url.Values

func (v values) text(name, value string) {
	if value != "" {
		v[name] = []string{value}
	}
}

func (v values) flag(name string, value *bool) {
	if value != nil {
		v[name] = []string{strconv.FormatBool(*value)}
	}
}

// list writes the comma-separated form that Coda's reference declares for its array parameters.
func (v values) list(name string, value []string) {
	if len(value) > 0 {
		v[name] = []string{strings.Join(value, ",")}
	}
}
