package config

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"flag"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/access"
)

var update = flag.Bool("update", false, "write the golden files and the reference anew")

// testOptions is a small catalogue and a world that no test can change.
func testOptions() Options {
	return Options{
		Tools: []access.Tool{
			{Name: "coda_find_docs", Group: access.Read}, {Name: "coda_create_doc", Group: access.Write},
			{Name: "coda_delete_rows", Group: access.Destructive}, {Name: "coda_share_doc", Group: access.Admin},
		},
		ToolSets: map[string][]access.Tool{
			"sharing": {{Name: "coda_list_permissions", Group: access.Read}},
			"folders": {{Name: "coda_move_doc", Group: access.Admin}},
		},
		Lookup: func(name string) (string, bool) {
			v, ok := map[string]string{
				"CODA_TOKEN": "token-of-the-environment", "OLD_STATE_KEY": strings.Repeat("old key ", 4), "EMPTY": "",
				"CONNECT_SECRET": "the-connect-secret",
				"SPACED":         "two words"}[name]
			return v, ok
		},
		ReadDirectory: func(path string) error {
			if path != "/run/coda-tokens" {
				return fs.ErrNotExist
			}
			return nil
		},
		ReadFile: func(path string) ([]byte, fs.FileMode, error) {
			switch path {
			case "/run/secrets/coda-token":
				return []byte("token-of-a-file\n"), 0o400, nil
			case "/run/secrets/open":
				return []byte("token-of-an-open-file\r\n"), 0o644, nil
			case "/run/secrets/introspection":
				return []byte("introspection-secret"), 0o600, nil
			case "/run/secrets/state-key":
				return []byte(strings.Repeat("key", 15) + "\n"), 0o600, nil
			case "/run/secrets/key.pem":
				return []byte(testKey()), 0o600, nil
			case "/run/secrets/public.pem":
				return []byte("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"), 0o600, nil
			case "/etc/coda-gateway/ca.pem", "/etc/coda-gateway/valkey-ca.pem":
				return []byte(testAuthority()), 0o644, nil
			case "/etc/coda-gateway/tls.crt", "/etc/coda-gateway/tls.key":
				return []byte("PEM"), 0o644, nil
			case "/run/secrets/empty":
				return []byte("\n"), 0o600, nil
			case "/run/secrets/huge":
				return bytes.Repeat([]byte("x"), maxSecretFile+1), 0o600, nil
			}
			return nil, 0, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		},
	}
}

// testKey is a fresh P-256 key, PEM.
var testKey = sync.OnceValue(func() string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
})

// testAuthority is a certificate authority, PEM.
var testAuthority = sync.OnceValue(func() string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	authority := &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, authority, authority, key.Public(), key)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
})

func testdata(t testing.TB, pattern string) []string {
	t.Helper()
	return glob(t, filepath.Join("testdata", pattern))
}

func glob(t testing.TB, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no %s (%v)", pattern, err)
	}
	return files
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; got:\n%s", file, got)
	}
}

func warningText(warnings []Warning) string {
	var b strings.Builder
	for _, w := range warnings {
		b.WriteString(w.String() + "\n")
	}
	return b.String()
}

// Each valid file has beside it what is in effect, and the warnings.
func TestValid(t *testing.T) {
	t.Parallel()
	for _, file := range testdata(t, "valid-*.yaml") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			cfg, warnings, err := Parse(filepath.Base(file), data, testOptions())
			if err != nil {
				t.Fatalf("refused:\n%v", err)
			}
			effective, err := cfg.Redacted()
			if err != nil {
				t.Fatal(err)
			}
			base := strings.TrimSuffix(file, ".yaml")
			golden(t, base+".effective", string(effective))
			golden(t, base+".warnings", warningText(warnings))

			opts := testOptions()
			opts.acceptRedacted = true
			again, _, err := Parse("effective", effective, opts)
			if err != nil {
				t.Fatalf("the effective configuration is refused:\n%v", err)
			}
			if twice, err := again.Redacted(); err != nil || !bytes.Equal(twice, effective) {
				t.Errorf("the effective configuration changes when it is read again (%v):\n%s", err, twice)
			}
			if text, err := json.Marshal(cfg); err != nil || !json.Valid(text) {
				t.Errorf("as JSON: %v", err)
			}
		})
	}
}

// Each invalid file has beside it the exact error.
func TestInvalid(t *testing.T) {
	t.Parallel()
	for _, file := range testdata(t, "invalid-*.yaml") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			cfg, _, err := Parse(filepath.Base(file), data, testOptions())
			if err == nil || cfg != nil {
				t.Fatalf("accepted: %v", cfg)
			}
			golden(t, strings.TrimSuffix(file, ".yaml")+".error", err.Error()+"\n")
		})
	}
}
