package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"go.yaml.in/yaml/v3"

	"github.com/bestviable/coda-gateway/coda/codatest"
)

// Spec is the corrected specification. It is safe for concurrent use.
type Spec struct {
	doc *openapi3.T
	ops map[string]*routers.Route // by operationId
}

// Load reads the OpenAPI file (YAML) and corrects it by all [Deviations].
func Load(path string) (*Spec, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	asJSON, err := convert(data)
	if err == nil {
		var spec *Spec
		if spec, err = parse(asJSON, Deviations()); err == nil {
			return spec, nil
		}
	}
	return nil, fmt.Errorf("%s: %w", path, err)
}

// convert reads the file and leaves out what is not spoken of here.
func convert(data []byte) (asJSON []byte, err error) {
	var raw map[string]any
	if err := yaml.Unmarshal(data, &raw); err != nil {
		return nil, err
	}
	if err := (root{raw}).prune(); err != nil {
		return nil, err
	}
	return json.Marshal(raw)
}

func parse(data []byte, deviations []Deviation) (*Spec, error) {
	var raw map[string]any
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, err
	}
	r := root{raw}
	for _, d := range deviations {
		if err := d.apply(r); err != nil {
			return nil, fmt.Errorf("deviation %s does not fit the file any more: %w", d.Name, err)
		}
	}
	asJSON, err := json.Marshal(raw)
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(asJSON)
	if err != nil {
		return nil, err
	}
	s := &Spec{doc: doc, ops: map[string]*routers.Route{}}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			s.ops[op.OperationID] = &routers.Route{Spec: doc, Path: path, PathItem: item, Method: method, Operation: op}
		}
	}
	return s, nil
}

// Version returns info.version of the file.
func (s *Spec) Version() string { return s.doc.Info.Version }

// Operations returns the operationIds of the file, without those for building Packs.
func (s *Spec) Operations() []string { return slices.Sorted(maps.Keys(s.ops)) }

// Check validates both sides of an exchange that a simulated server saw.
// Exchanges that met an injected fault are checked on the request's side only,
// and requests that were refused with 4xx on the response's side only: a client
// may send nonsense to see it refused.
func (s *Spec) Check(e codatest.Exchange) error {
	if e.Request.Operation == "downloadBlob" || e.Request.Operation == "" {
		return nil // not part of the API
	}
	if e.Status == 0 || e.Status < 400 {
		if err := s.CheckRequest(e.Request.Operation, e.HTTP, e.RequestBody); err != nil {
			return err
		}
	}
	if e.Request.Fault != "" {
		return nil
	}
	return s.CheckResponse(e.Request.Operation, e.HTTP, e.Status, e.Header, e.ResponseBody)
}

// CheckRequest validates a request of the operation.
func (s *Spec) CheckRequest(operation string, r *http.Request, body []byte) error {
	in, err := s.input(operation, r, body)
	if err != nil {
		return err
	}
	if err := openapi3filter.ValidateRequest(r.Context(), in); err != nil {
		return fmt.Errorf("%s: request %s %s: %w", operation, r.Method, r.URL.RequestURI(), err)
	}
	return declared(operation, in)
}

// declared refuses query parameters that the operation does not have. The validator lets them pass, as Coda does, which
// would hide a misspelt one.
func declared(operation string, in *openapi3filter.RequestValidationInput) error {
	for name := range in.QueryParams {
		if in.Route.Operation.Parameters.GetByInAndName("query", name) == nil &&
			in.Route.PathItem.Parameters.GetByInAndName("query", name) == nil {
			return fmt.Errorf("%s: request %s %s: the operation has no query parameter %q", operation, in.Request.Method,
				in.Request.URL.RequestURI(), name)
		}
	}
	return nil
}

// CheckResponse validates the answer to a request of the operation.
func (s *Spec) CheckResponse(operation string, r *http.Request, status int, header http.Header, body []byte) error {
	in, err := s.input(operation, r, nil)
	if err != nil {
		return err
	}
	out := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: status, Header: header,
		Body:    io.NopCloser(bytes.NewReader(body)),
		Options: in.Options,
	}
	if err := openapi3filter.ValidateResponse(r.Context(), out); err != nil {
		return fmt.Errorf("%s: answer %d to %s %s: %w", operation, status, r.Method, r.URL.RequestURI(), err)
	}
	return nil
}

func (s *Spec) input(operation string, r *http.Request, body []byte) (*openapi3filter.RequestValidationInput, error) {
	route := s.ops[operation]
	if route == nil {
		return nil, fmt.Errorf("the OpenAPI file has no operation %q", operation)
	}
	params, err := pathParams(route.Path, r.URL)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", operation, err)
	}
	if r.Method != route.Method {
		return nil, fmt.Errorf("%s: method is %s, the file has %s", operation, r.Method, route.Method)
	}
	// The validator reads the body and puts it back; the original is not its to touch.
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
	return &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: route, QueryParams: r.URL.Query(),
		Options: &openapi3filter.Options{
			AuthenticationFunc:    openapi3filter.NoopAuthenticationFunc,
			IncludeResponseStatus: true,
			MultiError:            false,
		},
	}, nil
}

// pathParams reads the parameters of the template from the end of the URL's
// path; what stands in front is the base path.
func pathParams(template string, u *url.URL) (map[string]string, error) {
	want := strings.Split(strings.Trim(template, "/"), "/")
	have := strings.Split(strings.Trim(u.EscapedPath(), "/"), "/")
	if len(have) < len(want) {
		return nil, fmt.Errorf("path %s does not fit %s", u.Path, template)
	}
	have = have[len(have)-len(want):]
	params := map[string]string{}
	for i, w := range want {
		got, err := url.PathUnescape(have[i])
		if err != nil {
			return nil, err
		}
		if name, ok := strings.CutPrefix(w, "{"); ok {
			params[strings.TrimSuffix(name, "}")] = got
		} else if w != got {
			return nil, fmt.Errorf("path %s does not fit %s", u.Path, template)
		}
	}
	return params, nil
}
