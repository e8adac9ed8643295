package contract

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// Env names the environment variable that holds the path of the OpenAPI file.
const Env = "CODA_OPENAPI"

// ErrNotFound is returned by [Find] where the OpenAPI file is not present.
var ErrNotFound = errors.New("the OpenAPI file of Coda is not present")

const fileName = "coda-openapi.yaml"

// Find returns the path of the OpenAPI file: the one that [Env] names, one in dir or above, or one beside the checkout,
// at most two directories down from the one that holds it.
func Find(dir string) (string, error) {
	if path := os.Getenv(Env); path != "" {
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("%s: %w", Env, err)
		}
		return path, nil
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for beside := false; ; {
		patterns := []string{fileName}
		if beside {
			patterns = append(patterns, "*/"+fileName, "*/*/"+fileName)
		}
		for _, pattern := range patterns {
			if found, err := fs.Glob(os.DirFS(dir), pattern); err == nil && len(found) > 0 {
				return filepath.Join(dir, filepath.FromSlash(found[0])), nil
			}
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", fmt.Errorf("%w: set %s to its path, or put %s into a directory above the test", ErrNotFound, Env,
				fileName)
		}
		_, err := os.Stat(filepath.Join(dir, "go.mod"))
		beside, dir = err == nil, up
	}
}

var loaded sync.Map // path -> func() (*Spec, error)

// New returns the corrected specification for a test. It skips the test if the
// file is not present and fails it if the file cannot be read. The file is read
// once per process.
func New(t testing.TB) *Spec {
	t.Helper()
	path, err := Find(".")
	if errors.Is(err, ErrNotFound) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	once, _ := loaded.LoadOrStore(path, sync.OnceValues(func() (*Spec, error) { return Load(path) }))
	spec, err := once.(func() (*Spec, error))()
	if err != nil {
		t.Fatal(err)
	}
	return spec
}
