package fetch

import (
	"context"
	"net"
	"net/http"
	"testing"
)

type answers struct{}

func (answers) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
}

// Private addresses must be named, and plain http is for named private ones where that is allowed.
func TestGuard(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		url          string
		named, plain bool
		fine         bool
	}{
		{"https://93.184.216.34/", false, false, true}, {"https://10.0.0.1/", false, false, false},
		{"https://10.0.0.1/", true, false, true}, {"https://id.internal/", false, false, true},
		{"http://localhost/", false, false, false}, {"http://localhost/", true, false, true},
		{"http://10.0.0.1/", true, false, false}, {"http://10.0.0.1/", true, true, true},
		{"http://93.184.216.34/", true, true, false}, {"http://id.internal/", false, true, false},
		{"http://id.internal/", true, true, true}, {"http://id.internal/", true, false, false},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, test.url, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		g := guard{next: answers{}, named: map[string]bool{req.URL.Hostname(): test.named}, allowHTTP: test.plain}
		res, err := g.RoundTrip(req)
		if err == nil {
			_ = res.Body.Close()
		}
		if (err == nil) != test.fine {
			t.Errorf("%+v: %v", test, err)
		}
	}
}

// Plain http that is let through ends in the private network, and elsewhere only https does.
func TestDialPrivateAddresses(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	dial := newTransport(nil, nil).DialContext
	for ctx, fine := range map[context.Context]bool{
		context.WithValue(t.Context(), privateOnly{}, true): true, t.Context(): false,
	} {
		c, err := dial(ctx, "tcp", l.Addr().String())
		if err == nil {
			_ = c.Close()
		}
		if (err == nil) != fine {
			t.Errorf("private: %v: %v", fine, err)
		}
	}
}
