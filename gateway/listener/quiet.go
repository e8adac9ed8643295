package listener

import (
	"net"
	"time"
)

const (
	// maxQuiet is how many connections may be open on which nothing goes on: each takes some 20 to 30 KiB. A proxy keeps
	// some hundreds.
	maxQuiet = 4 << 10
	// looked is how many are looked at for the one to close, so that a flood of them costs no more than that.
	looked = 8
)

// quiet are the connections on which nothing goes on, and since when.
type quiet map[net.Conn]time.Time

// add adds a connection. Where they become too many it closes another that has been quiet for long.
func (q quiet) add(conn net.Conn) {
	if _, there := q[conn]; !there && len(q) >= maxQuiet {
		oldest := q.old()
		delete(q, oldest)
		go oldest.Close() // TLS says goodbye, which may take seconds
	}
	q[conn] = time.Now()
}

// old is the one of a few, in no order, that has been quiet for longest.
func (q quiet) old() (oldest net.Conn) {
	n := 0
	for conn, since := range q {
		if oldest == nil || since.Before(q[oldest]) {
			oldest = conn
		}
		if n++; n == looked {
			break
		}
	}
	return oldest
}
