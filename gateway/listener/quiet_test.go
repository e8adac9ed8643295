package listener

import (
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// Connections on which nothing goes on are bounded: for a new one an old one is closed, one that is in use never.
func TestQuietConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &Server{fresh: map[net.Conn]struct{}{}, quiet: quiet{}}
		open := func(state http.ConnState) (peer net.Conn) {
			conn, peer := net.Pipe()
			t.Cleanup(func() { conn.Close() })
			s.track(conn, http.StateNew)
			if state != http.StateNew {
				s.track(conn, state)
			}
			return peer
		}
		closed := func(peer net.Conn) bool {
			_ = peer.SetReadDeadline(time.Now())
			_, err := peer.Read(make([]byte, 1))
			return err == io.EOF
		}
		busy := open(http.StateActive)
		peers := make([]net.Conn, maxQuiet+100)
		for i := range peers {
			peers[i] = open([]http.ConnState{http.StateNew, http.StateIdle}[i%2])
			time.Sleep(time.Millisecond)
		}
		synctest.Wait()
		var gone []int
		for i, peer := range peers {
			if closed(peer) {
				gone = append(gone, i)
			}
		}
		if len(gone) != 100 || len(s.quiet) != maxQuiet || closed(busy) {
			t.Errorf("%d closed, %d quiet, the one in use is closed: %t", len(gone), len(s.quiet), closed(busy))
		}
		// Eight are looked at: that a new one is the oldest of them hardly ever happens a hundred times.
		if late := gone[len(gone)/2]; late > maxQuiet/2 {
			t.Errorf("the median of those that are closed is number %d of %d", late, len(peers))
		}
	})
}
