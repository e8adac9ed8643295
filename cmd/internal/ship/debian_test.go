package ship

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// binary builds the program.
func binary(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "coda-gateway")
	cmd := exec.Command("go", "build", "-o", path, "./cmd/coda-gateway")
	cmd.Dir = top
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, said)
	}
	return path
}

// debian makes the Debian package, as a release does.
func debian(t *testing.T, dir, program, version string) string {
	t.Helper()
	cmd := exec.Command(top+".ci/package", dir, program, runtime.GOARCH, "v"+version)
	cmd.Env = append(os.Environ(), "SOURCE_DATE_EPOCH=1767225600")
	said, err := cmd.CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == 75 && os.Getenv("CI") != "true" {
		t.Skipf("nfpm, which makes the package, could not be fetched:\n%s", said)
	}
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, said)
	}
	return filepath.Join(dir, "coda-gateway_"+version+"_"+runtime.GOARCH+".deb")
}

// TestDebianPackage makes the package, looks into it, and then lives through its life: installed, started, reloaded,
// restarted, upgraded and back, removed and purged, under a systemd of its own.
func TestDebianPackage(t *testing.T) {
	t.Parallel()
	heavy(t)
	if runtime.GOOS != "linux" {
		t.Skip("packages of Debian are for Linux")
	}
	dpkg := tool(t, "dpkg-deb", "dpkg")
	dir := t.TempDir()
	program := binary(t, dir)
	one, next := debian(t, dir, program, "1.2.3"), debian(t, dir, program, "1.3.0")
	t.Run("holds", func(t *testing.T) { holds(t, dpkg, one) })
	t.Run("lives", func(t *testing.T) { lives(t, one, next) })
}

func holds(t *testing.T, dpkg, file string) {
	said, err := exec.Command(dpkg, "--contents", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(string(said)) {
		field := strings.Fields(line)
		if name := strings.TrimPrefix(field[5], "."); !strings.HasSuffix(name, "/") || name == "/etc/coda-gateway/secrets/" {
			got = append(got, field[0]+" "+field[1]+" "+name)
		}
	}
	want := []string{
		"-rw-r--r-- root/root /etc/coda-gateway/gateway.yaml",
		"drwx------ root/root /etc/coda-gateway/secrets/",
		"-rw-r--r-- root/root /etc/logrotate.d/coda-gateway",
		"-rwxr-xr-x root/root /usr/bin/coda-gateway",
		"-rw-r--r-- root/root /usr/lib/systemd/system/coda-gateway.service",
		"-rw-r--r-- root/root /usr/lib/systemd/system/coda-gateway.socket",
		"-rw-r--r-- root/root /usr/share/bash-completion/completions/coda-gateway",
		"-rw-r--r-- root/root /usr/share/doc/coda-gateway/CHANGELOG.md.gz",
		"-rw-r--r-- root/root /usr/share/doc/coda-gateway/copyright",
		"-rw-r--r-- root/root /usr/share/fish/vendor_completions.d/coda-gateway.fish",
		"-rw-r--r-- root/root /usr/share/man/man1/coda-gateway.1.gz",
		"-rw-r--r-- root/root /usr/share/zsh/vendor-completions/_coda-gateway",
	}
	if !slices.Equal(got, want) {
		t.Errorf("holds\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	conffiles, err := exec.Command(dpkg, "--info", file, "conffiles").Output()
	if want := "/etc/coda-gateway/gateway.yaml\n/etc/logrotate.d/coda-gateway\n"; err != nil || string(conffiles) != want {
		t.Errorf("configuration files %q %v, want %q", conffiles, err, want)
	}
}

// lives runs testdata/steps in testdata/world.
func lives(t *testing.T, files ...string) {
	const systemd = "/lib/systemd/systemd"
	if _, err := os.Stat(systemd); err != nil {
		t.Skipf("there is no %s, so the package is not installed and run: install the package systemd", systemd)
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can give a systemd a machine of its own, so the package is not installed and run")
	}
	for name, whose := range map[string]string{"unshare": "util-linux", "ip": "iproute2", "curl": "curl", "dpkg": "dpkg"} {
		tool(t, name, whose)
	}
	try := exec.Command("unshare", "--mount", "--net", "--pid", "--cgroup", "--fork",
		"mount", "-t", "cgroup2", "cgroup2", "/sys/fs/cgroup")
	if said, err := try.CombinedOutput(); err != nil {
		t.Skipf("there are no control groups for us, so the package is not installed and run: %v %s", err, said)
	}
	scratch := t.TempDir()
	args := []string{scratch}
	for _, file := range files {
		kept := filepath.Join(scratch, filepath.Base(file))
		if err := os.Link(file, kept); err != nil {
			t.Fatal(err)
		}
		args = append(args, kept)
	}
	said, err := exec.CommandContext(t.Context(), "testdata/world", args...).CombinedOutput()
	output, _ := os.ReadFile(filepath.Join(scratch, "output"))
	if !strings.HasSuffix(string(output), "\nall steps done\n") {
		t.Errorf("the world ended with %v\n%s\n%s", err, said, output)
	}
}
