package listener

import (
	"net"
	"testing"

	"golang.org/x/net/http2"
)

// What HTTP/2 takes in before anybody asks for it is little: a stranger needs no token to send it.
func TestRoomOfHTTP2(t *testing.T) {
	t.Parallel()
	s := start(t, Config{Address: "127.0.0.1:0", Handler: hello})
	conn, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte(http2.ClientPreface)); err != nil {
		t.Fatal(err)
	}
	framer := http2.NewFramer(conn, conn)
	if err := framer.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	const before = 65_535 // RFC 9113 §6.9.2: what a connection has without being told
	room := map[http2.SettingID]uint32{}
	window := uint32(before)
	for acknowledged := false; !acknowledged; {
		frame, err := framer.ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			acknowledged = frame.IsAck()
			_ = frame.ForeachSetting(func(s http2.Setting) error {
				room[s.ID] = s.Val
				return nil
			})
		case *http2.WindowUpdateFrame:
			window += frame.Increment
		}
	}
	for id, most := range map[http2.SettingID]uint32{
		http2.SettingMaxConcurrentStreams: 100, http2.SettingInitialWindowSize: 64 << 10, http2.SettingMaxFrameSize: 16 << 10,
	} {
		if got, said := room[id]; !said || got > most {
			t.Errorf("%v is %d, want %d at most", id, got, most)
		}
	}
	if room[http2.SettingInitialWindowSize] < before {
		t.Error("a client that sends before it has read the settings is cut off")
	}
	if window > 128<<10 {
		t.Errorf("a connection takes in %d bytes", window)
	}
}
