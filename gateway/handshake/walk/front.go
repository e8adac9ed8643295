package walk

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/handshake"
)

// What stands in front of servers says in ways of its own that it does not let somebody through.

// tunnelAway says that a tunnel's other end is not there; empty = it is not that.
func tunnelAway(a *answer) string {
	code := a.header.Get("Ngrok-Error-Code")
	switch {
	case a.status == 530:
		return "Cloudflare answers 530: no tunnel is connected for this name, or none leads to it."
	case code == "ERR_NGROK_3200", code == "ERR_NGROK_3004", code == "ERR_NGROK_727":
		return fmt.Sprintf("ngrok answers %d (%s): the tunnel of this name is offline.", a.status, code)
	case code == "ERR_NGROK_8012":
		return fmt.Sprintf("ngrok answers %d (%s): the tunnel is there, and what is behind it is not.", a.status, code)
	}
	return ""
}

// filters are the hosts to which companies' web filters and networks with a page of their own send whoever asks.
var filters = []string{"zscaler.net", "zscaler.com", "zscalerone.net", "zscalertwo.net", "zscalerthree.net",
	"zscloud.net", "goskope.com", "opendns.com", "blocked.netskope.com"}

// filtered tells whether a redirect is that of something between here and the server.
func filtered(to *url.URL) bool {
	host := strings.ToLower(to.Hostname())
	return strings.Contains(host, "captive") || slices.ContainsFunc(filters, func(f string) bool {
		return host == f || strings.HasSuffix(host, "."+f)
	})
}

// inBetween is an answer of what is between here and the server: other networks may not have it in their way.
func inBetween(a *answer, shown string) handshake.Finding {
	return handshake.New(handshake.InBetween, "Something between here and the server redirects requests to "+shown+
		": a company's web filter, or a network that shows a page first.", "Sign in to the network here, or have the "+
		"filter let this host through, and run this again; from elsewhere the result may differ.", a.evidence()...)
}

// refusesInside tells of a JSON-RPC message that is nothing but a refusal for want of a token.
func refusesInside(body []byte) bool {
	var m struct {
		Result json.RawMessage `json:"result"`
		Error  *rpcError       `json:"error"`
	}
	if json.Unmarshal(body, &m) != nil || m.Result != nil || m.Error == nil {
		return false
	}
	said := strings.ToLower(m.Error.Message)
	return slices.ContainsFunc([]string{"unauthori", "authenticat", "token", "credential", "login", "log in", "sign in",
		"forbidden", "api key"}, func(s string) bool { return strings.Contains(said, s) })
}

// speaksTLS completes what was said of an http URL, at whose port TLS is spoken.
func (w *walker) speaksTLS(e *handshake.Event) {
	e.Concludes = "TLS is spoken at this port, and the URL says http"
	for _, earlier := range w.events {
		for i := range earlier.Findings {
			if f := &earlier.Findings[i]; f.Code == handshake.URLNotHTTPS {
				f.Clients, f.Text = nil, f.Text+" The port "+portOf(w.mcp)+" speaks TLS alone."
				return
			}
		}
	}
	w.plainHTTP(e)
}

func portOf(u *url.URL) string {
	full := hostPort(u)
	return full[strings.LastIndexByte(full, ':')+1:]
}
