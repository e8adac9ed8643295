package audit

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// sink is where lines go.
type sink interface {
	io.WriteCloser
	// current is the sink to write to now: the same, unless the file has gone.
	current(now time.Time) (sink, error)
	// flush returns once what was written is where it survives.
	flush() error
	reopen() (sink, error)
}

// none keeps nothing.
type none struct{}

func (none) Write(p []byte) (int, error)       { return len(p), nil }
func (n none) current(time.Time) (sink, error) { return n, nil }
func (none) flush() error                      { return nil }
func (n none) reopen() (sink, error)           { return n, nil }
func (none) Close() error                      { return nil }

// stream is standard output. What reads it keeps the lines.
type stream struct{ io.Writer }

func (s stream) current(time.Time) (sink, error) { return s, nil }
func (s stream) flush() error                    { return nil }
func (s stream) reopen() (sink, error)           { return s, nil }
func (s stream) Close() error                    { return nil }

// lookEvery is how long lines may go on into a file that was renamed or removed.
const lookEvery = time.Second

// file is a file that lines are added to.
type file struct {
	*os.File
	path   string
	info   fs.FileInfo
	looked time.Time
	// flushing is held while the file is flushed, so that nobody closes it meanwhile.
	flushing sync.RWMutex
}

func openFile(path string) (*file, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, notRegular(path)
	}
	opened, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	f := &file{File: opened, path: path, looked: time.Now()}
	if f.info, err = opened.Stat(); err == nil {
		err = f.endLine()
	}
	if err != nil {
		opened.Close()
		return nil, err
	}
	return f, nil
}

// Try says why lines could not be written to a file, and leaves nothing behind: one that is there is opened, and
// otherwise its directory has to take a file. nil where they can, and for what is no file.
func Try(to string) error {
	if to == "" || to == "stdout" {
		return nil
	}
	info, err := os.Stat(to)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		made, err := os.CreateTemp(filepath.Dir(to), ".coda-gateway-try-*")
		if err != nil {
			return fmt.Errorf("no file can be made in %s: %w", filepath.Dir(to), plain(err))
		}
		return errors.Join(made.Close(), os.Remove(made.Name()))
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return notRegular(to)
	}
	f, err := os.OpenFile(to, os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return fmt.Errorf("%s cannot be opened: %w", to, plain(err))
	}
	return f.Close()
}

func plain(err error) error {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		return pathErr.Err
	}
	return err
}

func notRegular(path string) error {
	return fmt.Errorf("%s is not a regular file; name a file, or write stdout to hand the lines to another program", path)
}

// endLine ends a line that a crash left half.
func (f *file) endLine() error {
	if f.info.Size() == 0 {
		return nil
	}
	last := make([]byte, 1)
	if _, err := f.ReadAt(last, f.info.Size()-1); err != nil || last[0] == '\n' {
		return err
	}
	_, err := f.Write([]byte{'\n'})
	return err
}

// current looks now and then whether the file is still the one of that name.
func (f *file) current(now time.Time) (sink, error) {
	if now.Sub(f.looked) < lookEvery {
		return f, nil
	}
	if info, err := os.Stat(f.path); err == nil && os.SameFile(info, f.info) {
		f.looked = now
		return f, nil
	}
	return f.reopen()
}

func (f *file) reopen() (sink, error) {
	next, err := openFile(f.path)
	if err != nil {
		f.looked = time.Time{} // look with the next line: nobody looks into a file without a name
		return f, err
	}
	return next, f.Close()
}

func (f *file) flush() error {
	f.flushing.RLock()
	defer f.flushing.RUnlock()
	if err := f.Sync(); !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil // it was flushed before it was closed
}

// Close flushes and closes.
func (f *file) Close() error {
	f.flushing.Lock()
	defer f.flushing.Unlock()
	return errors.Join(f.Sync(), f.File.Close())
}
