package contract

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// Env names the environment variable that holds the path of the OpenAPI file.
const Env = "CODA_OPENAPI"

// ErrNotFound is returned by [Find] where the OpenAPI file is not present.
var ErrNotFound = errors.New("the OpenAPI file of Coda is not present")

// Find returns the path of the OpenAPI file, looking upwards from dir.
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
	for {
		for _, name := range []string{"shared/facts/coda-openapi.yaml", "coda-openapi.yaml"} {
			path := filepath.Join(dir, filepath.FromSlash(name))
			if _, err := os.Stat(path); err == nil {
				return path, nil
			}
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", fmt.Errorf("%w: set %s to its path, or put coda-openapi.yaml into a directory above the test", ErrNotFound, Env)
		}
		dir = up
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
