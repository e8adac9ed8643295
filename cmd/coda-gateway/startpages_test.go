//go:build linux

package main

import (
	"os"
	"reflect"
	"runtime"
	"testing"
)

// What may be given back is only what the system can read again from the file: a page that was written to is lost.
func TestUnchangedPages(t *testing.T) {
	t.Parallel()
	const smaps = `00400000-00452000 r-xp 00000000 08:02 173521                             /usr/bin/coda-gateway
Size:                328 kB
Rss:                 300 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me
00452000-00460000 r--p 00052000 08:02 173521                             /usr/bin/coda-gateway
Rss:                  56 kB
Anonymous:             4 kB
00651000-00652000 r--p 00051000 08:02 173521                             /usr/bin/coda-gateway
Rss:                   4 kB
Anonymous:             0 kB
00652000-00655000 rw-p 00052000 08:02 173521                             /usr/bin/coda-gateway
Anonymous:             0 kB
c000000000-c000400000 rw-p 00000000 00:00 0
Anonymous:             0 kB
7f0000000000-7f0000001000 r--p 00000000 08:02 173522                     /usr/lib/other
Anonymous:             0 kB
7ffc0000-7ffc2000 r--p 00000000 00:00 0                                  [vvar]
Anonymous:             0 kB
`
	got := unchangedPages([]byte(smaps), "/usr/bin/coda-gateway")
	if want := []mapping{{0x400000, 0x452000}, {0x651000, 0x652000}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
	if got := unchangedPages([]byte("not a map\n\n1-2\nAnonymous: 0 kB\n"), ""); got != nil {
		t.Errorf("found %x where there is nothing", got)
	}
}

// This program finds itself, and goes on after it has given its pages back.
func TestReleaseStartPages(t *testing.T) {
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	smaps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	if len(unchangedPages(smaps, self)) == 0 {
		t.Errorf("no page of %s was found in\n%s", self, smaps)
	}
	releaseStartPages()
	runtime.GC()
	t.Run("goes on", func(t *testing.T) { t.Parallel() })
}
