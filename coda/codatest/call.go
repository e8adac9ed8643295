package codatest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// obj is a JSON object of an answer.
type obj = map[string]any

// call is one request on its way through an operation. It lives under the
// server's lock.
type call struct {
	s       *Server
	r       *http.Request
	op      operation
	now     time.Time
	seq     int // of the request
	origin  string
	body    []byte
	params  url.Values
	token   *Token
	account *User
	docID   string
	doc     *docState
}

func (c *call) path(name string) string { return c.r.PathValue(name) }

func (c *call) query(name string) string { return c.params.Get(name) }

// queryBool reads a boolean parameter; def holds where it is absent.
func (c *call) queryBool(name string, def bool) (bool, error) {
	v := c.query(name)
	if v == "" {
		return def, nil
	}
	b, err := strconv.ParseBool(v)
	if err != nil {
		return false, badRequest("Invalid value %q for query parameter %q: must be a boolean", v, name)
	}
	return b, nil
}

// queryList reads a comma-separated parameter, which may also be repeated.
func (c *call) queryList(name string) []string {
	var out []string
	for _, v := range c.params[name] {
		for p := range strings.SplitSeq(v, ",") {
			if p != "" {
				out = append(out, p)
			}
		}
	}
	return out
}

func (c *call) queryEnum(name, def string, allowed ...string) (string, error) {
	v := c.query(name)
	if v == "" {
		return def, nil
	}
	for _, a := range allowed {
		if v == a {
			return v, nil
		}
	}
	return "", badRequest("Invalid value %q for query parameter %q: must be one of %s", v, name,
		strings.Join(allowed, ", "))
}

// decode reads the JSON body into v, refusing what the operation's schema does
// not know, as the real service does.
func (c *call) decode(v any) error {
	if len(bytes.TrimSpace(c.body)) == 0 {
		return invalidBody("body: Required")
	}
	if ct := c.r.Header.Get("Content-Type"); !strings.HasPrefix(ct, "application/json") {
		return badRequest("Invalid content type %q: must be application/json", ct)
	}
	dec := json.NewDecoder(bytes.NewReader(c.body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return invalidBody("body: " + strings.TrimPrefix(err.Error(), "json: "))
	}
	if dec.More() {
		return invalidBody("body: more than one JSON value")
	}
	return nil
}

// decodeOptional is decode for the operations whose body may be absent.
func (c *call) decodeOptional(v any) error {
	if len(bytes.TrimSpace(c.body)) == 0 {
		return nil
	}
	return c.decode(v)
}

// href is the absolute API address of the path parts, each escaped.
func (c *call) href(parts ...string) string {
	return c.origin + c.s.opts.BasePath + joinPath(parts...)
}
