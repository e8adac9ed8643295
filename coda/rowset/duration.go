package rowset

import (
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/coda"
)

// durationOf reads what [coda.ParseDuration] reads, and negative ones, which calculated columns may hold.
func durationOf(text string) (time.Duration, bool) {
	s, negative := strings.CutPrefix(strings.TrimSpace(text), "-")
	d, err := coda.ParseDuration(s)
	if negative {
		d = -d
	}
	return d, err == nil
}
