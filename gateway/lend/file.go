package lend

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	// maxToken bounds what is read of a file. Coda's tokens have 36 bytes.
	maxToken = 4 << 10
	// maxFileName is what file systems take.
	maxFileName = 255
)

// FileNames are the names that a person's file may have, by what it is named after: percent-encoded, so that every
// name is one file of the directory and no two people have the same. The first one leaves $ & + : = @ as they are, as
// paths of URLs do, the second one encodes all but letters, digits and - . _ ~; whichever is there is read. A dot at
// the beginning is encoded in both, so that no name means a directory or a hidden file.
func FileNames(of string) ([]string, error) {
	if of == "" {
		return nil, errors.New("there is no name to look for")
	}
	names := []string{encode(of, "$&+:=@-._~"), encode(of, "-._~")}
	if len(names[0]) > maxFileName {
		return nil, fmt.Errorf("a name of %d bytes is too long for a file", len(names[0]))
	}
	names = slices.DeleteFunc(names, func(name string) bool { return len(name) > maxFileName })
	return slices.Compact(names), nil
}

func encode(s, plain string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if letter || strings.IndexByte(plain, c) >= 0 && (c != '.' || i > 0) {
			b.WriteByte(c)
			continue
		}
		b.Write([]byte{'%', digits[c>>4], digits[c&15]})
	}
	return b.String()
}

// foldASCII writes an e-mail address as its file is named: in lower case, as the access rules compare. Only ASCII is
// folded: the Kelvin sign is no k.
func foldASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// readToken reads the first of the files that is there; none has an empty name. It is read every time: that costs less
// than a hundredth of a request to Coda, and a new token counts at once. Links may lead to other files of the
// directory, as in mounted secrets of Kubernetes, and not out of it.
func readToken(directory string, names []string) (token, file string, err error) {
	root, err := os.OpenRoot(directory)
	if err != nil {
		return "", "", fmt.Errorf("the directory %s cannot be read: %w", directory, plain(err))
	}
	defer func() { _ = root.Close() }()
	for _, name := range names {
		token, err := readFile(root, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", name, fmt.Errorf("the file %s: %w", filepath.Join(directory, name), plain(err))
		}
		return token, name, nil
	}
	return "", "", nil
}

func readFile(root *os.Root, name string) (string, error) {
	info, err := root.Stat(name) // before opening: a FIFO without a writer would block
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", errors.New("it is not a regular file")
	}
	f, err := root.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxToken+1))
	if err != nil {
		return "", err
	}
	return usable(data)
}

// usable takes the line break off that editors end files with, and refuses what cannot be a token.
func usable(data []byte) (string, error) {
	if len(data) > maxToken {
		return "", fmt.Errorf("it is larger than %d KiB, too large for a token", maxToken>>10)
	}
	data = bytes.TrimRight(data, "\r\n")
	if len(bytes.TrimSpace(data)) == 0 {
		return "", errors.New("it is empty; put the Coda API token into it")
	}
	if slices.ContainsFunc(data, func(c byte) bool { return c <= ' ' || c >= 0x7f }) {
		return "", errors.New("it contains a space, a line break or a non-ASCII character; write the bare token on one line")
	}
	return string(data), nil
}

// plain is the part of a file error that does not repeat the path.
func plain(err error) error {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		return pathErr.Err
	}
	return err
}

// Readable says why a directory cannot be read; nil = it can.
func Readable(directory string) error {
	root, err := os.OpenRoot(directory)
	if err != nil {
		return fmt.Errorf("the directory %s cannot be read: %w", directory, plain(err))
	}
	return root.Close()
}

// Files lists the files of a directory that can be somebody's, at most so many, and tells how many there are.
func Files(directory string, most int) (names []string, all int, err error) {
	d, err := os.Open(directory)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = d.Close() }()
	for {
		entries, err := d.Readdirnames(1000)
		for _, name := range entries {
			if strings.HasPrefix(name, ".") { // ..data of Kubernetes, and what editors leave behind
				continue
			}
			if all++; len(names) < most {
				names = append(names, name)
			}
		}
		if errors.Is(err, io.EOF) {
			slices.Sort(names)
			return names, all, nil
		}
		if err != nil {
			return nil, 0, err
		}
	}
}

// ReadFile reads one of [Files].
func ReadFile(directory, name string) (string, error) {
	token, file, err := readToken(directory, []string{name})
	if err == nil && file == "" {
		err = fs.ErrNotExist
	}
	return token, err
}
