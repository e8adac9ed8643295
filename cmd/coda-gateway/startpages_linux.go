package main

import (
	"bytes"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// releaseStartPages gives back the pages of the program's own file that the start has read: most of them (the tables
// of SQLite, of schemas, of everything that is set up once) nobody needs again. The system reads those that are
// needed from the file, which it still has at hand. Where it does not work, nothing is lost.
func releaseStartPages() {
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return
	}
	for _, m := range unchangedPages(maps, self) {
		_, _, _ = unix.Syscall(unix.SYS_MADVISE, m.start, m.end-m.start, unix.MADV_DONTNEED)
	}
}

// mapping is a part of the address space.
type mapping struct{ start, end uintptr }

// unchangedPages finds the mappings of a file that cannot be written to and of which no page has been changed (as the
// loader does with a program that may lie anywhere): what is dropped of others would be lost.
func unchangedPages(smaps []byte, file string) (found []mapping) {
	var m mapping
	fits := false
	for line := range bytes.Lines(smaps) {
		fields := bytes.Fields(line)
		if start, end, ok := addresses(fields); ok {
			name := bytes.TrimSpace(line[bytes.LastIndexByte(line, ' ')+1:])
			m, fits = mapping{start, end}, len(fields) >= 6 && string(name) == file && !bytes.ContainsRune(fields[1], 'w')
			continue
		}
		if fits && len(fields) == 3 && string(fields[0]) == "Anonymous:" && string(fields[1]) == "0" {
			found = append(found, m)
		}
	}
	return found
}

// addresses reads the first line of a mapping, such as 00400000-00452000 r-xp 00000000 08:02 173521 /usr/bin/dbus.
func addresses(fields [][]byte) (start, end uintptr, ok bool) {
	if len(fields) < 5 {
		return 0, 0, false
	}
	from, to, _ := bytes.Cut(fields[0], []byte("-"))
	a, err := strconv.ParseUint(string(from), 16, 64)
	if err != nil {
		return 0, 0, false
	}
	b, err := strconv.ParseUint(string(to), 16, 64)
	return uintptr(a), uintptr(b), err == nil && a < b
}
