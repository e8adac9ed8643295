package codatest

import (
	"log/slog"
	"net/http"
	"time"
)

// Options says how a [Server] is built. The zero value serves the demo
// workspace promptly and without budgets.
type Options struct {
	// Workspace is what the server holds at the start. It is copied; nil means
	// [Demo].
	Workspace *Workspace

	// Behavior is how badly the server behaves at the start. The zero value
	// applies writes at once and has no budgets; see [Realistic] and [Brisk].
	Behavior Behavior

	// BasePath is the path in front of every operation. Default "/apis/v1".
	BasePath string

	// BrowserURL is the origin of browser links. Default "https://coda.io".
	BrowserURL string

	// PublicURL is the origin (scheme and host, no path) put into href,
	// nextPageLink and download links. By default it is taken from the request,
	// so that links lead back to the address the client used.
	PublicURL string

	// BlobURL is the origin of export downloads. The real service uses another
	// host than the API's. Default: the API's origin; "http://blobs.coda.test"
	// for an in-memory server. The handler serves /blobs/ whatever the host.
	BlobURL string

	// InMemory makes New and Start listen in memory instead of on a socket:
	// only Client (and Transport) reach the server. Needed inside a
	// testing/synctest bubble, where time stands still while a socket is read.
	InMemory bool

	// Clock tells the time. Default time.Now, which is a bubble's time inside
	// testing/synctest.
	Clock func() time.Time

	// Seed makes generated ids and delays repeatable. Default 1.
	Seed uint64

	// Logger receives one line per request at debug level. Default: none.
	// Tokens are never logged.
	Logger *slog.Logger

	// OnExchange, if set, sees every exchange after the answer was decided,
	// in the goroutine of the request. Contract tests hang on it.
	OnExchange func(Exchange)

	// OnChange, if set, is told what each write truly did, when it is applied,
	// and what people in the browser did. It must not call the server.
	OnChange func(Change)
}

// Exchange is one request and the answer to it, as the server saw them.
type Exchange struct {
	Request      Request
	HTTP         *http.Request // the body has been read, see RequestBody
	RequestBody  []byte
	Status       int // 0 if the connection was dropped
	Header       http.Header
	ResponseBody []byte
}

func (o Options) withDefaults() Options {
	if o.Workspace == nil {
		o.Workspace = Demo()
	}
	if o.BasePath == "" {
		o.BasePath = "/apis/v1"
	}
	if o.BrowserURL == "" {
		o.BrowserURL = "https://coda.io"
	}
	if o.BlobURL == "" && o.InMemory {
		o.BlobURL = "http://blobs.coda.test"
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Seed == 0 {
		o.Seed = 1
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}
