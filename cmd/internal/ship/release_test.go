package ship

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(top + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestRelease holds what GoReleaser builds to what .ci/release builds: the same programs for the same systems with the
// same flags, so that the workflow can compare their bytes.
func TestRelease(t *testing.T) {
	t.Parallel()
	var file struct {
		Builds []struct {
			ID, Main, Binary             string
			Env, Flags, Ldflags, Targets []string
		}
		Sboms    []struct{ Documents []string }
		Checksum struct {
			Name string `yaml:"name_template"`
		}
		Signs   []struct{ Signature string }
		Release struct{ GitHub struct{ Owner, Name string } }
	}
	if err := yaml.Unmarshal([]byte(read(t, ".goreleaser.yaml")), &file); err != nil {
		t.Fatal(err)
	}
	// What people are told to verify is what there will be.
	repository := file.Release.GitHub.Owner + "/" + file.Release.GitHub.Name
	for _, want := range []string{"--check --ignore-missing " + file.Checksum.Name, "--bundle " +
		strings.Replace(file.Signs[0].Signature, "${artifact}", file.Checksum.Name, 1),
		"github.com/" + repository + "/.github/workflows/release.yml@refs/tags/v", "--repo " + repository} {
		if !strings.Contains(read(t, "deploy/README.md"), want) {
			t.Errorf("deploy/README.md does not say %s", want)
		}
	}
	script := read(t, ".ci/release")
	one := func(pattern string) string {
		t.Helper()
		m := regexp.MustCompile(pattern).FindStringSubmatch(script)
		if m == nil {
			t.Fatalf(".ci/release has no %s", pattern)
		}
		return m[1]
	}
	levels := map[string]string{"amd64": one(`GOAMD64=(\S+)`), "arm64": one(`GOARM64=(\S+)`)}
	var targets []string
	for platform := range strings.FieldsSeq(one(`\|\| platforms=\((.*)\)`)) {
		system, machine, _ := strings.Cut(platform, "/")
		targets = append(targets, system+"_"+machine+"_"+levels[machine])
	}
	if len(targets) != 5 {
		t.Errorf("%d platforms: %v", len(targets), targets)
	}
	flags := append(strings.Fields(one(`GOFLAGS="(.*?)"`)), one(`go build (-buildvcs=false)`))
	ldflags := strings.NewReplacer("$VERSION", "{{.Tag}}", "$COMMIT", "{{.FullCommit}}").Replace(one(`-ldflags "(.*?)"`))
	var commands []string
	for _, b := range file.Builds {
		commands = append(commands, b.Binary)
		if b.ID != b.Binary || b.Main != "./cmd/"+b.Binary || !slices.Equal(b.Env, []string{one(`(CGO_ENABLED=0)`)}) ||
			!slices.Equal(b.Flags, flags) || !slices.Equal(b.Ldflags, []string{ldflags}) || !slices.Equal(b.Targets, targets) {
			t.Errorf("GoReleaser builds %+v,\n.ci/release with %v %q for %v", b, flags, ldflags, targets)
		}
	}
	// Its name is that of what it tells of, which for Windows ends in .exe.
	if list := one(`\.ci/sbom "\$binary" "\$binary(\S+)"`); len(file.Sboms) != 1 ||
		!slices.Equal(file.Sboms[0].Documents, []string{"{{.ArtifactName}}" + list}) {
		t.Errorf("GoReleaser writes the lists %v, .ci/release BINARY%s", file.Sboms, list)
	}
	if want := strings.Fields(one(`for command in (.*); do`)); !slices.Equal(commands, want) {
		t.Errorf("GoReleaser builds %v, .ci/release %v", commands, want)
	}
}

// TestGoReleaser has GoReleaser itself read its file.
func TestGoReleaser(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("goreleaser")
	if err != nil {
		t.Skip("goreleaser is not installed, and takes minutes to build: the workflows have it read its file")
	}
	cmd := exec.Command(program, "check")
	cmd.Dir = top
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, said)
	}
}
