package walk

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/handshake"
	"github.com/bestviable/coda-gateway/gateway/provider"
	"github.com/bestviable/coda-gateway/gateway/token/claims"
)

// loopbackPort is what stands for the port that a client takes at random.
const loopbackPort = 51234

// client is one that the provider knows, or is said to.
type client struct {
	profile handshake.Profile
	// id is its client_id, way how it came to it.
	id  string
	way handshake.Way
	// redirect is where it wants people to be sent back to.
	redirect string
	// uri and token let it be deleted again (RFC 7592); empty where the provider gave none.
	uri, token string
}

// registered is what a provider answers (RFC 7591 §3.2.1, RFC 7592 §3).
type registered struct {
	ID, URI, Token, Method string
	// Redirects and Scope are nil where it does not say.
	Redirects []string
	Scope     *string
}

// readRegistered reads an answer, whatever else of it is odd: a client that was made is to be deleted again.
func readRegistered(body []byte) (*registered, bool) {
	var m map[string]any
	if json.Unmarshal(body, &m) != nil {
		return nil, false
	}
	text := func(name string) string { s, _ := m[name].(string); return s }
	r := &registered{ID: text("client_id"), URI: text("registration_client_uri"), Token: text("registration_access_token"),
		Method: text("token_endpoint_auth_method")}
	if list, ok := m["redirect_uris"].([]any); ok {
		r.Redirects = append([]string{}, claims.List(list)...)
	}
	if scope, ok := m["scope"].(string); ok {
		r.Scope = &scope
	}
	return r, r.ID != ""
}

// registration becomes clients of the provider, asks for their sign-in pages, and takes them back.
func (w *walker) registration(ctx context.Context) bool {
	defer w.forget(ctx)
	w.step = handshake.Registration
	w.register(ctx)
	w.documents(ctx)
	w.step = handshake.Authorization
	w.authorize(ctx)
	return true
}

// register makes a client as each profile does, down to its body and user agent. All of them are deleted again by
// forget, whatever happens in between.
func (w *walker) register(ctx context.Context) {
	switch {
	case w.server.Registration == "":
		return // which the metadata's own finding says
	case !w.cfg.Register:
		e := w.event("POST " + clip(w.server.Registration))
		e.Skipped, e.Concludes = true, "not tried, because it creates clients at the provider: --register does it, with "+
			"each client's own request, and deletes them again"
		return
	}
	var refused []sighting
	for _, p := range w.cfg.Clients {
		if slices.Contains(p.Ways, handshake.Dynamic) && ctx.Err() == nil {
			refused = append(refused, w.registerAs(ctx, p)...)
		}
	}
	w.foundTogether(refused)
}

func (w *walker) registerAs(ctx context.Context, p handshake.Profile) []sighting {
	asked := p.Register(loopbackPort, w.scopes)
	body, err := json.Marshal(asked)
	if err != nil {
		return nil
	}
	// An interrupt does not cut the request off: a client would be left that nobody knows of.
	a := w.ask(context.WithoutCancel(ctx), query{method: http.MethodPost, url: w.server.Registration, as: p.Name,
		agent: p.Agents.Discovery, body: string(body), secret: true,
		header: http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json"}}})
	made, ok := readRegistered(a.body)
	if a.err != nil || a.status/100 != 2 || !ok {
		a.event.Detail = append(a.event.Detail, "sent "+handshake.Clean(string(body), 500))
		a.event.Concludes = p.Name + " cannot become a client by itself"
		f, trouble := w.notRegistered(a, asked)
		if w.usesDocuments() && p.MetadataDocument != "" && slices.Contains(p.Ways, handshake.Document) {
			f = f.As(handshake.Warning) // it does not need to register; but Claude has been seen to do so all the same
		}
		return []sighting{{a.event, f, trouble, client{profile: p}, strings.Fields(asked.Scope)}}
	}
	w.clients = append(w.clients, client{profile: p, id: made.ID, way: handshake.Dynamic,
		redirect: asked.RedirectURIs[0], uri: made.URI, token: made.Token})
	a.event.Concludes = p.Name + " is now the client " + quote(made.ID)
	for _, f := range w.kept(p, asked, made) {
		w.found(a.event, f.For(p.ID))
	}
	return nil
}

// sighting is a finding about one client, of which there may be the same about others.
type sighting struct {
	event   *handshake.Event
	finding handshake.Finding
	// trouble is what its cure is for; empty = the finding has one.
	trouble provider.Trouble
	client  client
	scopes  []string
}

// foundTogether makes one finding of those that say the same about several clients, with one cure for all of them.
func (w *walker) foundTogether(list []sighting) {
	for len(list) > 0 {
		first := list[0]
		same := func(s sighting) bool {
			return s.finding.Code == first.finding.Code && s.finding.Text == first.finding.Text
		}
		var ids, scopes, redirects []string
		for _, s := range list {
			if same(s) {
				if s.event != first.event { // which has the finding, for all of them
					s.event.Skipped, s.event.Concludes = true, "as for "+first.client.profile.Name
				}
				ids, scopes = append(ids, s.client.profile.ID), append(scopes, s.scopes...)
				redirects = append(redirects, s.client.profile.RedirectURIs(loopbackPort)...)
			}
		}
		if first.trouble != "" {
			first.finding.Cure = w.mend(first.trouble, first.client, scopes, redirects)
		}
		w.found(first.event, first.finding.For(ids...))
		list = slices.DeleteFunc(list, same)
	}
}

// kept compares what was registered with what was asked for.
func (w *walker) kept(p handshake.Profile, asked handshake.RegistrationBody, made *registered) []handshake.Finding {
	var found []handshake.Finding
	missing := slices.DeleteFunc(slices.Clone(asked.RedirectURIs), func(r string) bool {
		return slices.Contains(made.Redirects, r)
	})
	if made.Redirects != nil && len(missing) > 0 {
		found = append(found, handshake.New(handshake.RegistrationRedirects,
			fmt.Sprintf("%s asked for the redirect URIs %s, and was registered with %s.", p.Name,
				strings.Join(asked.RedirectURIs, " "), quote(strings.Join(made.Redirects, " "))),
			"Have the provider keep redirect URIs unchanged: otherwise it refuses the sign-in."))
	}
	switch made.Method {
	case "", asked.AuthMethod, "none", "client_secret_basic", "client_secret_post":
	default:
		found = append(found, handshake.New(handshake.RegistrationMethod,
			fmt.Sprintf("%s asked for the method %s at the token endpoint, but got %s.", p.Name, asked.AuthMethod,
				quote(made.Method)), "Make the provider register clients with the method "+asked.AuthMethod+"."))
	}
	if made.Scope != nil && asked.Scope != "" {
		got := strings.Fields(*made.Scope)
		lost := slices.DeleteFunc(strings.Fields(asked.Scope), func(s string) bool { return slices.Contains(got, s) })
		if len(lost) > 0 {
			found = append(found, handshake.New(handshake.RegistrationScopeDropped,
				fmt.Sprintf("%s asked for the scope %s, and was registered without %s.", p.Name, asked.Scope,
					strings.Join(lost, " ")), w.mend(provider.RegistrationScopes, client{id: made.ID}, lost, nil)))
		}
	}
	return found
}

// notRegistered says why there is no client.
func (w *walker) notRegistered(a *answer, asked handshake.RegistrationBody) (handshake.Finding, provider.Trouble) {
	if f, broken := w.registrationBroken(a, asked); broken {
		return f, ""
	}
	r, _ := oauthError(a.status, a.body)
	trouble := registrationTrouble(r)
	text := fmt.Sprintf("%s refuses it (%d): %s.", clip(w.server.Registration), a.status, r.said())
	if code, known := refusedBecause[trouble]; known {
		return handshake.New(code, text, ""), trouble
	}
	return handshake.New(handshake.RegistrationRefused, text, "Check the provider's log for the reason."+byHand), ""
}

const byHand = " Or register a client by hand, and have people type its id."

// refusedBecause are the codes of registrations that were refused.
var refusedBecause = map[provider.Trouble]handshake.Code{
	provider.HostsUntrusted: handshake.RegistrationHosts, provider.RegistrationScopes: handshake.RegistrationScopes,
	provider.RegistrationFull: handshake.RegistrationFull, provider.RegistrationClosed: handshake.RegistrationClosed,
	provider.RegistrationRedirect: handshake.RegistrationRedirect,
	provider.RegistrationMetadata: handshake.RegistrationMetadata,
	provider.RegistrationAbsent:   handshake.RegistrationAbsent,
}

// registrationBroken tells of an answer that is none.
func (w *walker) registrationBroken(a *answer, asked handshake.RegistrationBody) (handshake.Finding, bool) {
	at := clip(w.server.Registration)
	switch {
	case a.err != nil:
		return handshake.New(handshake.RegistrationFailed, fmt.Sprintf("%s does not answer: %s. A client named %s may "+
			"or may not have been created.", at, clip(a.err.Error()), quote(asked.ClientName)),
			"Check the provider's log; the endpoint must answer from here, and from where clients run."), true
	case a.status == http.StatusTooManyRequests:
		return handshake.New(handshake.RegistrationLimited, at+" answers 429: too many clients were registered recently.",
			"Wait, and try again; if people run into it too, raise the provider's limit."), true
	case a.isHTML() && (a.status/100 == 2 || a.status/100 == 4 && a.status != http.StatusBadRequest):
		return handshake.New(handshake.RegistrationPage, fmt.Sprintf("%s answers %d with a web page: %s.", at, a.status,
			quote(textOf(a.body))), "Let requests to the registration endpoint through to the provider as they are: a "+
			"firewall, a sign-in in front or a catch-all page answers in its place."+byHand), true
	case a.isRedirect():
		return handshake.New(handshake.RegistrationAnswer, fmt.Sprintf("%s answers %d and leads to %s, where no POST "+
			"follows.", at, a.status, quote(a.header.Get("Location"))),
			"Have the provider's metadata name the final URL as registration_endpoint."), true
	case a.status/100 == 2:
		return handshake.New(handshake.RegistrationAnswer, fmt.Sprintf("%s answers %d, but without a client_id.", at,
			a.status), "Have the provider answer as RFC 7591 §3.2.1 requires."+byHand), true
	case a.status/100 == 5:
		r, _ := oauthError(a.status, a.body)
		return handshake.New(handshake.RegistrationFailed, fmt.Sprintf("%s answers %d: %s.", at, a.status, r.said()),
			"Check the provider's log: it fails on a registration that it should accept or refuse."+byHand), true
	}
	return handshake.Finding{}, false
}

// mend is the cure at this provider.
func (w *walker) mend(t provider.Trouble, c client, scopes, redirects []string) string {
	unique := func(list []string) []string {
		slices.Sort(list)
		return slices.Compact(list)
	}
	var hosts []string
	for _, r := range redirects {
		if u, err := url.Parse(r); err == nil && u.Hostname() != "" {
			hosts = append(hosts, u.Hostname())
		}
	}
	return provider.Mend(w.providerName(), t, provider.SignInCase{Scopes: unique(scopes), Redirects: unique(redirects),
		Hosts: unique(hosts), Resource: w.canonical(), Client: handshake.Clean(c.id, 100)})
}

// canonical is the identifier of the server, as clients name it to the provider.
func (w *walker) canonical() string { return strings.TrimSuffix(w.resource.Resource, "/") }

// providerName is the preset that the provider is like.
func (w *walker) providerName() string {
	if p := w.provider(w.server.Asked); p != nil {
		return p.Name
	}
	return "generic"
}

// documents makes clients of the metadata documents that profiles have, where the provider takes those. A document that
// cannot be had from here tells nothing of whether the provider can have it.
func (w *walker) documents(ctx context.Context) {
	if !w.usesDocuments() || !w.cfg.Register {
		return
	}
	offline := false
	for _, p := range w.cfg.Clients {
		if p.MetadataDocument == "" || !slices.Contains(p.Ways, handshake.Document) || offline {
			continue
		}
		a := w.ask(ctx, query{method: http.MethodGet, url: p.MetadataDocument, what: "(the metadata document of " + p.Name +
			")",
			agent: "coda-gateway-doctor", header: http.Header{"Accept": {"application/json"}}})
		if doc, ok := readRegistered(a.body); a.err == nil && a.status == http.StatusOK && ok &&
			doc.ID == p.MetadataDocument {
			w.clients = append(w.clients, client{profile: p, id: p.MetadataDocument, way: handshake.Document,
				redirect: p.RedirectURIs(loopbackPort)[0]})
			continue
		}
		a.event.Skipped, offline = true, a.err != nil
		a.event.Concludes = "whether the provider takes it was not tried, as it cannot be read from here; where the " +
			"provider cannot read it either, clients that have one stop at the sign-in"
	}
}

// usesDocuments tells whether clients that have a metadata document use it here.
func (w *walker) usesDocuments() bool {
	return w.server.Documents && (w.server.AuthMethods == nil || slices.Contains(w.server.AuthMethods, "none"))
}

// forget deletes the clients that were registered, also where the walk was interrupted.
func (w *walker) forget(ctx context.Context) {
	clients := slices.DeleteFunc(w.clients, func(c client) bool { return c.way != handshake.Dynamic })
	w.clients = nil
	if len(clients) == 0 {
		return
	}
	e := w.event("delete the clients that were registered")
	left := map[string][]client{}
	var whys []string
	kept := 0
	for _, c := range clients {
		why := w.unregister(context.WithoutCancel(ctx), c)
		if why == "" {
			continue
		}
		if kept++; left[why] == nil {
			whys = append(whys, why)
		}
		left[why] = append(left[why], c)
	}
	for _, why := range whys {
		w.found(e, clientsLeft(left[why], why))
	}
	e.Answer = fmt.Sprintf("%d of %d deleted", len(clients)-kept, len(clients))
}

// clientsLeft names the clients that could not be deleted for one reason.
func clientsLeft(left []client, why string) handshake.Finding {
	var ids, made, profiles []string
	for _, c := range left {
		ids = append(ids, quote(c.id))
		made = append(made, quote(c.id)+" ("+c.profile.Name+")")
		profiles = append(profiles, c.profile.ID)
	}
	clients := "client "
	if len(left) > 1 {
		clients = "clients "
	}
	return handshake.New(handshake.RegistrationLeft, "What was registered here is still at the provider: "+
		strings.Join(made, ", ")+"; "+why+".", "Delete the "+clients+strings.Join(ids, ", ")+" at the provider.").For(
		profiles...)
}

// unregister deletes a client (RFC 7592), and returns why that failed.
func (w *walker) unregister(ctx context.Context, c client) string {
	switch {
	case c.uri == "" || c.token == "":
		return "the provider gave no way to delete it (RFC 7592)"
	case !sameSite(c.uri, w.server.Registration):
		return "the address at which to delete it is at another host than the one where it was made"
	}
	a := w.ask(ctx, query{method: http.MethodDelete, url: c.uri, agent: c.profile.Agents.Discovery,
		header: http.Header{"Authorization": {"Bearer " + c.token}}, secret: true, quiet: true})
	switch {
	case a.err != nil:
		return "deleting it was not answered"
	case a.status/100 != 2 && a.status != http.StatusNotFound && a.status != http.StatusGone:
		return fmt.Sprintf("the answer to deleting it was %d", a.status)
	}
	return ""
}

// sameSite tells whether two URLs are at the same scheme and host.
func sameSite(a, b string) bool {
	u, err := url.Parse(a)
	v, err2 := url.Parse(b)
	return err == nil && err2 == nil && u.Scheme == v.Scheme && strings.EqualFold(u.Host, v.Host) && u.User == nil
}
