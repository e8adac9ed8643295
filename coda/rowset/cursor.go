package rowset

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// cursor is where a search goes on. It comes back from the caller, which is why it decides nothing but that: what
// Coda's token leads to, Coda and the document guard decide.
type cursor struct {
	// Query is a digest of table, filter and order. With a token Coda ignores all else that it is asked, so that a
	// cursor beside another filter would give rows that do not match it.
	Query string `json:"q"`
	Token string `json:"t,omitempty"`
	// Skip is how many rows behind the token are done with; without a token, of those in the chosen order.
	Skip int `json:"s,omitempty"`
	// Last is the row before, where rows are sorted here: rows may have come and gone in the meantime.
	Last string `json:"i,omitempty"`
	// Now and Zone (seconds east of UTC) keep "today" the same for all parts.
	Now  int64 `json:"n,omitempty"`
	Zone *int  `json:"z,omitempty"`
	// Certain says that the doc's time zone has that offset now.
	Certain bool `json:"c,omitempty"`
}

// mostSkip bounds what a cursor may ask to pass over.
const mostSkip = 1_000_000

func (c cursor) String() string {
	raw, err := json.Marshal(c)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

func parseCursor(text, query string) (cursor, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return cursor{Query: query}, nil
	}
	var c cursor
	if len(text) > 8<<10 {
		return c, refuse("The cursor is %d bytes long, too long for one. Pass it unchanged, or leave it out to "+
			"begin again.", len(text))
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	if err != nil || c.Skip < 0 || c.Skip > mostSkip || c.Zone != nil && (*c.Zone < -86400 || *c.Zone > 86400) {
		return c, refuse("The cursor %s is not one that an earlier answer gave. Pass it unchanged, or leave it "+
			"out to begin again.", quote(text))
	}
	if c.Query != query {
		return c, refuse("The cursor belongs to another table, filter or order. Keep those the same, or leave " +
			"the cursor out to begin again.")
	}
	return c, nil
}

// now is the moment that "today" is taken from, in the doc's time zone as far as it is known.
func (c cursor) now() time.Time {
	now := time.Unix(c.Now, 0).UTC()
	if c.Zone != nil {
		now = now.In(time.FixedZone("", *c.Zone))
	}
	return now
}

// digest tells queries apart.
func digest(parts ...any) string {
	raw, err := json.Marshal(parts) // which sorts the members of objects
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(raw)
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}
