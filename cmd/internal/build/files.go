package build

import (
	"io/fs"
	"os"
	"sync"

	"github.com/bestviable/coda-gateway/config"
)

// files are the configuration file and those that it names, with what they looked like when they were read.
type files struct {
	path string

	mu sync.Mutex
	// named are the paths that the last reading asked for.
	named map[string]bool
	// read is what they looked like just before they were read: a change while they are is another change.
	read, before stamps
}

// stamps tell one state of files from another, by path; nil for one that is not there.
type stamps map[string]fs.FileInfo

func newFiles(path string) *files { return &files{path: path, named: map[string]bool{path: true}} }

// follow begins a reading: it returns the options that note every file that is read on the way.
func (f *files) follow(opts config.Options) config.Options {
	f.before = f.look()
	f.mu.Lock()
	f.named = map[string]bool{f.path: true}
	f.mu.Unlock()
	readFile := opts.ReadFile
	if readFile == nil {
		readFile = config.ReadFile
	}
	opts.ReadFile = func(path string) ([]byte, fs.FileMode, error) {
		f.mu.Lock()
		f.named[path] = true
		if _, seen := f.before[path]; !seen {
			f.before[path] = stampOf(path)
		}
		f.mu.Unlock()
		return readFile(path)
	}
	return opts
}

// remember ends a reading.
func (f *files) remember() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.read = stamps{}
	for path := range f.named {
		f.read[path] = f.before[path]
	}
}

// look tells what the files look like now.
func (f *files) look() stamps {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := make(stamps, len(f.named))
	for path := range f.named {
		now[path] = stampOf(path)
	}
	return now
}

// isRemembered says whether the files look as they did when they were read.
func (f *files) isRemembered(now stamps) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return now.equal(f.read)
}

// stampOf follows symlinks, so that swapping one is a change.
func stampOf(path string) fs.FileInfo {
	info, err := os.Stat(path)
	if err != nil {
		return nil
	}
	return info
}

func (s stamps) equal(other stamps) bool {
	if len(s) != len(other) {
		return false
	}
	for path, a := range s {
		b, ok := other[path]
		if !ok || (a == nil) != (b == nil) {
			return false
		}
		if a != nil && (!os.SameFile(a, b) || a.Size() != b.Size() || !a.ModTime().Equal(b.ModTime())) {
			return false
		}
	}
	return true
}
