package journal

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/handshake"
)

// verdict is what became of an attempt, or what has become of it so far.
type verdict struct {
	outcome Outcome
	// text says what happened and what did not, in a sentence.
	text string
	// finding is the one cause; nil = nothing is wrong, or nothing can be said.
	finding *handshake.Finding
}

// judge says what became of an attempt, as if nothing more came.
func (j *Journal) judge(a *attempt, know *Knowledge) verdict {
	switch {
	case a.trouble != nil:
		v := j.judgeTrouble(a, know)
		v.outcome = Failed
		return v
	case a.person != nil:
		return judgePerson(a, know)
	case a.counts[guess] > 0:
		return stalled(a, "", handshake.New(handshake.EndpointsGuessed,
			"The client looked here for an endpoint of the authorization server, which is elsewhere: it found no usable "+
				"metadata, and guessed. "+j.afterReading(a),
			"Run "+know.doctor(a.family)+": it says what clients find at each place."))
	case a.counts[challenge]+a.counts[resource]+a.counts[server] == 0:
		return verdict{Unclear, "Somebody opened a page, or sent GET to the endpoint: a browser or a monitor, not an " +
			"MCP client.", nil}
	case a.counts[challenge] > 0 && j.hasResource(a):
		return j.neverBack(a, know)
	case a.counts[challenge] > 0:
		return j.neverRead(a, know)
	case a.counts[resource] == 0:
		return stalled(a, "", handshake.New(handshake.ServerMetadataAskedHere,
			"The client looked here for the authorization server's metadata, and for nothing else: it follows the MCP "+
				"revision of March 2025, in which both are one server.",
			"If people here use that client, set discovery.compatibility: redirect, or have them use a newer one."))
	}
	return j.neverAsked(a, know)
}

func stalled(a *attempt, text string, f handshake.Finding) verdict {
	if text == "" {
		text = a.story()
	}
	return verdict{Stalled, text, &f}
}

// neverAsked: the metadata was read, and no MCP request came. That is what the silence of four good answers looks like.
func (j *Journal) neverAsked(a *attempt, know *Knowledge) verdict {
	if j.isKnown(a) {
		return verdict{Unclear, a.story() + " People who are signed in use that client from the same place: clients read " +
			"the " +
			"metadata again when they renew a token.", nil}
	}
	likely := "something in front of this gateway answers POST " + know.Path + " by itself: a bot rule, a web " +
		"application firewall, or a proxy that has no route for it. (Edges let /.well-known/ through where they block " +
		"the rest.)"
	cure := "Let POST requests to " + know.Path + " through to this gateway, for every user agent"
	if p, ok := handshake.ProfileOf(a.family.profile); ok && p.Egress != "" {
		cure += ", from " + p.Egress
	}
	f := handshake.New(handshake.ChallengeNeverAsked, "The client never asked "+know.Path+" for the challenge. Most "+
		"likely "+
		likely+" It is also possible that people typed another URL than "+know.PublicURL+".",
		cure+". Then run "+know.doctor(a.family)+".")
	if m := know.main(); m != nil {
		if a.counts[server] > 0 {
			f.Text += " It looked here for the authorization server's metadata as well, which some clients do when that of " +
				m.URL + " did not satisfy them."
		}
		if why, what := m.blame(a); why != "" {
			f.Text += " Besides, " + why + "."
			f.Cure += " And " + what + "."
		}
	}
	return stalled(a, "", f)
}

// neverRead: the challenge went out, and nobody read where it leads.
func (j *Journal) neverRead(a *attempt, know *Knowledge) verdict {
	text := a.story()
	if slices.ContainsFunc(a.events, func(e event) bool { return e.Reason == call.TokenInURL }) {
		f := handshake.New(handshake.TokenInURL, fmt.Sprintf("The client was told %s to sign in, and did not: it sends a "+
			"token in the URL (access_token), where nobody looks at it.", times(a.counts[challenge])),
			"Remove the token from the server's URL in the client's settings, so that it is "+know.PublicURL+", and sign in. "+
				"Have the token expire or revoked: URLs end up in the logs of proxies.")
		return verdict{Stalled, text, &f}
	}
	if a.family.profile == "" && a.counts[challenge] < 3 {
		return verdict{Unclear, text + " That is what a scanner does, too.", nil}
	}
	if j.resourceRead.IsZero() {
		f := handshake.New(handshake.OnlyMCPPassed, fmt.Sprintf("The client was told %s where to read about the sign-in, "+
			"and never requested that; nor has anybody in the %s since this gateway started. Most likely the proxy in "+
			"front passes only %s.", times(a.counts[challenge]), lasting(a.last.Sub(j.began)), know.Path),
			"Have the proxy pass /.well-known/oauth-protected-resource and what is below it to this gateway, too. Then run "+
				know.doctor(a.family)+".")
		return verdict{Stalled, text, &f}
	}
	f := handshake.New(handshake.ResourceNeverRead, fmt.Sprintf("The client was told %s where to read about the "+
		"sign-in, and "+
		"did not read it, though others have (last at %s). Either the challenge did not reach it whole, or it has a "+
		"setting that keeps it from signing in, such as a custom header with a token.", times(a.counts[challenge]),
		clock(j.resourceRead)),
		"Look at the client's settings for this server: remove custom headers, or remove the server and add it again. "+
			"Then run "+know.doctor(a.family)+", which shows whether a proxy changes the challenge.")
	return verdict{Stalled, text, &f}
}

// neverBack: all was read here, and nobody came back with a token. What happens at the provider is not seen from here.
func (j *Journal) neverBack(a *attempt, know *Knowledge) verdict {
	if a.excused {
		return verdict{Unclear, a.story() + " Meanwhile somebody from the same place connected with that client: it may " +
			"have been the same person.", nil}
	}
	f := handshake.New(handshake.NeverCameBack, "", "")
	m := know.main()
	if m == nil {
		f.Text = "Nobody came back with a token, and no identity provider is advertised: clients cannot sign anybody in."
		f.Cure = "Advertise an issuer: set sign_in of one of them to something other than none."
		return stalled(a, "", f)
	}
	f.Text = "Nobody came back with a token. Whether the client registered and anybody signed in, only " + m.title() +
		" at " + m.URL + " knows; this gateway knows that " + and(m.facts()) + "."
	why, what := m.blame(a)
	if why != "" {
		f.Text += " Most likely " + why + "."
		f.Cure = sentence(what) + " Then run " + know.doctor(a.family) + "."
		return stalled(a, "", f)
	}
	f.Text += " Most likely the provider refused the registration, the redirect or a scope, it cannot be reached from " +
		"where " +
		"the client runs, or the person closed the window."
	f.Cure = "Run " + know.doctor(a.family) + " --sign-in: it registers and signs in as the client does, and says " +
		"where that fails. The provider's own log has this attempt at " + clock(a.last) + " and later."
	return stalled(a, "", f)
}

// judgePerson is about somebody who is known, and is in no trouble.
func judgePerson(a *attempt, know *Knowledge) verdict {
	switch {
	case a.visible == 0 && a.counts[first]+a.counts[listed] > 0:
		why := a.lastDetail(call.NoTools)
		if why == "" {
			why = "No grant of access gives them any."
		}
		f := handshake.New(handshake.NoTools, a.who()+" signed in, and sees no tool at all. "+why,
			"If they should have access, give them what is missing, or change access. 'coda-gateway token --claims' with what "+
				"their "+
				"token has explains each rule.")
		return verdict{Toolless, a.story(), &f}
	case a.counts[listed]+a.counts[called] > 0:
		return verdict{Well, a.story(), nil}
	}
	f := handshake.New(handshake.ListNeverAsked, a.who()+" signed in, and the client never asked for the list of "+
		"tools: it did not accept the first answer, or was closed.",
		"Have them try again. If it happens again, look at the client's own log, and run "+
			""+know.doctor(a.family)+" --sign-in.")
	return verdict{Stalled, a.story(), &f}
}

// lastDetail is the detail of the last event with a reason.
func (a *attempt) lastDetail(reason call.Reason) string {
	for i := len(a.events) - 1; i >= 0; i-- {
		if a.events[i].Reason == reason {
			return a.events[i].Detail
		}
	}
	return ""
}

// who is the person in words.
func (a *attempt) who() string {
	switch {
	case a.person == nil:
		return "Somebody"
	case a.person.Name != "":
		return a.person.Name
	}
	return a.person.Subject
}

// afterReading says whether the resource metadata was read.
func (j *Journal) afterReading(a *attempt) string {
	if a.counts[resource] > 0 {
		return "It had read the resource metadata, so it was the authorization server's metadata that it could not use."
	}
	if j.resourceRead.IsZero() {
		return "It had not read the resource metadata, nor has anybody since this gateway started: a proxy in front may " +
			"not " +
			"pass /.well-known/."
	}
	return "It had not read the resource metadata."
}

// times is "once", "twice", "5 times".
func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}

// and is "a, b and c".
func and(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

// sentence begins with a capital letter and ends with a full stop.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + strings.TrimSuffix(s[1:], ".") + "."
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05 UTC") }

// lasting is a duration as people say it.
func lasting(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d seconds", max(1, int(d.Seconds())))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d minutes", int(d.Minutes()))
	}
	return fmt.Sprintf("%d hours", int(d.Hours()))
}
