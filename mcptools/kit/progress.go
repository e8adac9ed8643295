package kit

import (
	"context"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/bestviable/coda-gateway/coda"
)

// mostMessage bounds what a person is told of a call's progress.
const mostMessage = 300

// manyItems is a page that took Coda a moment.
const manyItems = 500

// Progress tells a client that asked for it (with a progressToken) what a call is waiting for.
type progress struct {
	session *mcp.ServerSession
	token   any

	mu   sync.Mutex
	step float64
	last string
}

func newProgress(request *mcp.CallToolRequest) *progress {
	p := &progress{session: request.Session}
	if request.Params != nil {
		p.token = request.Params.GetProgressToken()
	}
	return p
}

// observe reports the events of the Coda client that are worth a person's attention. It returns nil where nobody asked.
func (p *progress) observe(ctx context.Context) coda.Observer {
	if p.token == nil || p.session == nil {
		return nil
	}
	return func(_ context.Context, e coda.Event) {
		switch e := e.(type) {
		case coda.RequestDone, coda.Recalled:
			return
		case coda.PageFetched:
			// One page is soon there; many are worth telling.
			if e.Items >= manyItems {
				p.Tell(ctx, e.String())
			}
		default:
			p.Tell(ctx, e.String())
		}
	}
}

// Tell sends one notification. The specification wants progress to grow with each; what is counted is steps, because
// most of a call's time is waiting whose end nobody knows.
func (p *progress) Tell(ctx context.Context, message string) {
	if p.token == nil || p.session == nil {
		return
	}
	message = Short(message, mostMessage)
	p.mu.Lock()
	defer p.mu.Unlock()
	if message == p.last {
		return
	}
	p.step++
	p.last = message
	// A client that went away is no reason to stop a write half-way; the context says so where it is one.
	_ = p.session.NotifyProgress(ctx, &mcp.ProgressNotificationParams{ProgressToken: p.token, Progress: p.step,
		Message: message})
}
