package limit

import (
	"fmt"
	"strings"
	"time"
)

// By says whose limit a call has met.
type By string

// The limits.
const (
	ByPerson By = "person"
	ByClient By = "client"
	ByTool   By = "tool"
)

// Refused says why a call was not let in.
type Refused struct {
	// By is whose limit it is.
	By By
	// Rate is the limit where it is one of calls per length of time; zero where it is one of calls at once.
	Rate Rate
	// AtOnce is the limit where it is one of calls at once, and Queue how many waited already where that was too many.
	AtOnce, Queue int
	// Wait is how long to wait before the next attempt.
	Wait time.Duration
	// Gone: the client went away while the call waited its turn.
	Gone bool
}

// Words is a sentence for the person: who has had how much of it, and what to do. what says what was not done, as in
// "coda_find_docs was not run".
func (r *Refused) Words(what string) string {
	if r.Rate.limited() {
		return what + ": " + r.usedUp() + ". Try again in " + seconds(r.Wait) +
			"; until then, every call of this kind is refused."
	}
	whose := "of your calls"
	if r.By == ByClient {
		whose = "calls through the application that you use"
	}
	text := fmt.Sprintf("%s: %d %s are running, the most that may run at once", what, r.AtOnce, whose)
	if r.Queue > 0 {
		return text + fmt.Sprintf(", and %d more are waiting. Make fewer calls at the same time.", r.Queue)
	}
	return text + fmt.Sprintf(", and none of them ended within %s. Try again when they have.", seconds(MaxWait))
}

func (r *Refused) usedUp() string {
	rate := fmt.Sprintf("%d calls per %s", r.Rate.Calls, length(r.Rate.Per))
	if r.Rate.Calls == 1 {
		rate = "one call per " + length(r.Rate.Per)
	}
	switch r.By {
	case ByClient:
		return "the application that you use has used up the " + rate + " that everybody together may make with it"
	case ByTool:
		return "you have had the " + rate + " of this tool that one person may make"
	default:
		return "you have had the " + rate + " that one person may make"
	}
}

// length is a length of time after "per".
func length(d time.Duration) string {
	switch d {
	case time.Second:
		return "second"
	case time.Minute:
		return "minute"
	case time.Hour:
		return "hour"
	case 24 * time.Hour:
		return "day"
	}
	text := d.String()
	for _, rest := range []string{"m0s", "h0m"} {
		if cut, ok := strings.CutSuffix(text, rest[1:]); ok && strings.HasSuffix(text, rest) {
			text = cut
		}
	}
	return text
}

// seconds is a wait, rounded up so that waiting for it is enough.
func seconds(d time.Duration) string {
	n := (d + time.Second - 1) / time.Second
	if n >= 120 {
		return fmt.Sprintf("%d min", (n+59)/60)
	}
	return fmt.Sprintf("%d s", max(n, 1))
}
