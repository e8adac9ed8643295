package ship

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// TestMain serves an identity provider's documents where the test of the image asks this program to.
func TestMain(m *testing.M) {
	if address := os.Getenv("SHIP_ISSUER"); address != "" {
		fmt.Fprintln(os.Stderr, issue(address))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// issue serves what the gateway wants of an identity provider to be ready: its metadata and a key.
func issue(address string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	url := "http://" + address
	documents := map[string]any{
		"/.well-known/openid-configuration": map[string]any{"issuer": url, "jwks_uri": url + "/keys",
			"authorization_endpoint": url + "/authorize", "token_endpoint": url + "/token",
			"response_types_supported": []string{"code"}, "code_challenge_methods_supported": []string{"S256"}},
		"/keys": jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "1", Algorithm: "ES256", Use: "sig"}}},
	}
	return http.ListenAndServe(address, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		document, ok := documents[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		_ = json.NewEncoder(w).Encode(document)
	}))
}

var whole = flag.Bool("whole", false, "build, install and run what is shipped")

// heavy is for what takes a minute and shares nothing with the rest.
func heavy(t *testing.T) {
	t.Helper()
	if !*whole {
		t.Skip("takes a minute: .ci/run ship, or go test ./cmd/internal/ship -whole")
	}
}

// TestImage builds the image and runs it as compose.yaml does: as nobody, without rights, with nothing to write to.
func TestImage(t *testing.T) {
	t.Parallel()
	heavy(t)
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("only root on Linux can give podman namespaces of its own, so the image is not built and run")
	}
	for name, whose := range map[string]string{"podman": "podman", "crun": "crun", "unshare": "util-linux",
		"ip": "iproute2", "curl": "curl"} {
		tool(t, name, whose)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	repository, err := filepath.Abs(top)
	if err != nil {
		t.Fatal(err)
	}
	scratch := t.TempDir()
	said, err := exec.CommandContext(t.Context(), "testdata/image", repository, scratch, self).CombinedOutput()
	if err != nil || !strings.HasSuffix(string(said), "\n+ echo all steps done\nall steps done\n") {
		t.Errorf("%v\n%s", err, said)
	}
}
