package audit

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A file system that fills up in the middle of the calls stops changes from the first line that does not fit, and none
// that has its line; once there is room they go on, and every line but the one that was torn is whole.
func TestAFullDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("no small file system can be mounted here: %v", err)
	}
	defer func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	}()
	ballast, path := filepath.Join(dir, "ballast"), filepath.Join(dir, "audit.log")
	if err := os.WriteFile(ballast, make([]byte, 32<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	l := New(Config{})
	use(t, l, path)
	allowed, refused := 0, 0
	for refused < 3 {
		if l.Start(whole(t)) == nil {
			allowed++
		} else {
			refused++
		}
		if allowed > 1000 {
			t.Fatal("the disk does not fill up")
		}
	}
	if allowed == 0 || !strings.Contains(l.Trouble(), "no space left on device") {
		t.Errorf("%d changes were allowed, trouble %q", allowed, l.Trouble())
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if err := l.Start(whole(t)); err != nil {
			t.Errorf("with room again: %v", err)
		}
		allowed++
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	lines, torn := 0, 0
	for line := range strings.Lines(read(t, path)) {
		if json.Valid([]byte(line)) {
			lines++
		} else {
			torn++
		}
	}
	if lines != allowed || torn > 1 || l.Usage() != (Usage{uint64(allowed), uint64(refused)}) {
		t.Errorf("%d lines and %d torn ones of %d changes that were allowed; %+v", lines, torn, allowed, l.Usage())
	}
}
