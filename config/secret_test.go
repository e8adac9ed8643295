package config

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"
	"go.yaml.in/yaml/v3"
)

const hidden = "the-hidden-value"

// Whatever prints a secret, or what holds one, must not show it.
func TestSecretsDoNotPrint(t *testing.T) {
	t.Parallel()
	secret := NewSecret(hidden)
	type exported struct{ S Secret }
	type pointer struct{ S *Secret }
	type unexported struct{ s Secret }
	type deep struct{ m map[string][]unexported }
	cfg, _, err := Parse("secret.yaml", []byte(`
public_url: https://mcp.example.com/mcp
issuers: [{url: "https://id.example.com", introspection: {client_id: a, client_secret: `+hidden+`}}]
coda: {token: `+hidden+`}
`), testOptions())
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Coda.Token.Reveal() != hidden || cfg.Issuers[0].Introspection.ClientSecret != hidden {
		t.Fatal("the secrets were not read")
	}
	values := map[string]any{
		"value": secret, "pointer": &secret, "slice": []Secret{secret}, "map": map[string]Secret{"k": secret},
		"key":   map[Secret]int{secret: 1},
		"array": [1]Secret{secret}, "exported": exported{secret}, "pointed": pointer{&secret},
		"unexported": unexported{secret}, "to unexported": &unexported{secret},
		"deep": deep{map[string][]unexported{"k": {{secret}}}}, "any": []any{secret, &secret},
		"config": cfg, "config value": *cfg, "configs": []Config{*cfg}, "coda": cfg.Coda,
		"in config":    struct{ C *Config }{cfg},
		"embedded":     struct{ Config }{*cfg},
		"token config": cfg.Token(), "token issuers": cfg.Issuers, "token issuer": cfg.Issuers[0],
		"token introspection":       cfg.Issuers[0].Introspection,
		"token introspection value": *cfg.Issuers[0].Introspection,
	}
	printers := map[string]func(v any) string{
		"json": func(v any) string {
			b, err := json.Marshal(v)
			return string(b) + fmt.Sprint(err)
		},
		"xml": func(v any) string {
			b, err := xml.Marshal(v)
			return string(b) + fmt.Sprint(err)
		},
		"yaml": func(v any) (out string) {
			defer func() { out += fmt.Sprint(recover()) }()
			b, err := yaml.Marshal(v)
			return string(b) + fmt.Sprint(err)
		},
		"slog text": func(v any) string {
			var b bytes.Buffer
			slog.New(slog.NewTextHandler(&b, nil)).Info("m", "k", v, slog.Any("group", slog.GroupValue(slog.Any("x", v))))
			return b.String()
		},
		"slog json": func(v any) string {
			var b bytes.Buffer
			slog.New(slog.NewJSONHandler(&b, nil)).Info("m", "k", v)
			return b.String()
		},
		"zerolog": func(v any) string {
			var b bytes.Buffer
			log := zerolog.New(&b)
			e := log.Info().Interface("i", v).Any("a", v).Fields(map[string]any{"f": v}).Err(fmt.Errorf("e: %v", v))
			if s, ok := v.(fmt.Stringer); ok {
				e = e.Stringer("s", s)
			}
			e.Msgf("%v", v)
			return b.String()
		},
		"error": func(v any) string { return errors.Join(fmt.Errorf("%v", v), fmt.Errorf("%+v", v)).Error() },
		"panic": func(v any) (out string) {
			defer func() { out = fmt.Sprintf("%v %+v", recover(), v) }()
			panic(v)
		},
		"print": func(v any) string { return fmt.Sprint(v) + fmt.Sprintln(v) },
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p", "%T", "% x", "%#q", "%10.3s",
		"%c", "%U", "%t", "%w"} {
		printers[verb] = func(v any) string { return fmt.Sprintf(verb, v) }
	}
	hex := fmt.Sprintf("%x", hidden)
	for what, v := range values {
		for how, show := range printers {
			// The verifier's own types hold plain strings behind their methods. YAML, XML and the two verbs that fmt handles
			// without asking a type (go vet refuses them here) go round those.
			if strings.HasPrefix(what, "token ") && slices.Contains([]string{"yaml", "xml", "%p", "%w"}, how) {
				continue
			}
			if out := strings.ToLower(show(v)); strings.Contains(out, hidden) || strings.Contains(out, hex) ||
				strings.Contains(out, strings.ToLower(fmt.Sprintf("% x", hidden))) {
				t.Errorf("%s of %s shows the secret: %s", how, what, out)
			}
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if out := fmt.Sprintf(verb, secret); out != redacted {
			t.Errorf("%s prints %s", verb, out)
		}
	}
	if out, err := json.Marshal(exported{secret}); err != nil || string(out) != `{"S":"***"}` {
		t.Errorf("as JSON: %s, %v", out, err)
	}
}

// The runtime prints a panic's value itself.
func TestSecretInAPanic(t *testing.T) {
	t.Parallel()
	if os.Getenv("CONFIG_TEST_PANIC") != "" {
		panic(NewSecret(hidden))
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestSecretInAPanic$")
	cmd.Env = append(os.Environ(), "CONFIG_TEST_PANIC=1")
	out, err := cmd.CombinedOutput()
	if err == nil || !bytes.Contains(out, []byte("panic: "+redacted)) || bytes.Contains(out, []byte(hidden)) {
		t.Errorf("%v\n%s", err, out)
	}
}

func secretFile(token string) []byte {
	return []byte(
		"public_url: https://mcp.example.com/mcp\nissuers: [{url: \"https://id.example.com\"}]\ncoda:\n  token: " +
			token + "\n")
}

func TestSecretSources(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, want, problem, warning string
	}{
		{text: "${env:CODA_TOKEN}", want: "token-of-the-environment"},
		{text: "${file:/run/secrets/coda-token}", want: "token-of-a-file"},
		{text: "${file:/run/secrets/../secrets/coda-token}", want: "token-of-a-file"},
		{text: "${file:/run/secrets/open}", want: "token-of-an-open-file",
			warning: "4:10: coda.token: file /run/secrets/open may be read by every user of this machine (mode 0644); chmod " +
				"0640 or less"},
		{text: "literal", want: "literal", warning: "4:10: coda.token: the secret is in the configuration file; write " +
			"${env:NAME} or ${file:/absolute/path} as the whole value"},
		{text: "${env:MISSING}", problem: "environment variable MISSING is not set; set it, or name another variable in " +
			"${env:…}"},
		{text: "${env:EMPTY}", problem: "environment variable EMPTY is empty; put the secret into it"},
		{text: "${env:SPACED}", problem: "the secret contains a space, a line break or a non-ASCII character; write the " +
			"bare secret on one line"},
		{text: "${file:/run/secrets/key.pem}", problem: "the secret contains a space, a line break or a non-ASCII " +
			"character; write the bare secret on one line"},
		{text: "${file:/run/secrets/none}", problem: "file /run/secrets/none cannot be read: file does not exist"},
		{text: "${file:/run/secrets/empty}", problem: "file /run/secrets/empty is empty; put the secret into it"},
		{text: "${file:/run/secrets/huge}", problem: "file /run/secrets/huge is larger than 64 KiB, too large for a " +
			"secret; name the right file"},
		{text: "${file:relative}", problem: "contains an unknown ${…}; write ${env:NAME} or ${file:/absolute/path} " +
			"as the whole value"},
		{text: "Bearer ${env:CODA_TOKEN}",
			problem: "contains an unknown ${…}; write ${env:NAME} or ${file:/absolute/path} as the whole value"},
		{text: "${vault:x}", problem: "contains an unknown ${…}; write ${env:NAME} or ${file:/absolute/path} as " +
			"the whole value"},
		{text: "${env:}", problem: "contains an unknown ${…}; write ${env:NAME} or ${file:/absolute/path} as the " +
			"whole value"},
		{text: "${env:A", problem: "contains an unknown ${…}; write ${env:NAME} or ${file:/absolute/path} as the " +
			"whole value"},
		{text: "'***'", problem: "*** stands for a secret in printed output and is not the secret; write ${env:NAME} or " +
			"${file:/absolute/path} as the whole value"},
	} {
		cfg, warnings, err := Parse("s.yaml", secretFile(c.text), testOptions())
		if c.problem != "" {
			if want := "s.yaml:4:10: coda.token: " + c.problem; err == nil || err.Error() != want {
				t.Errorf("%s:\ngot  %v\nwant %s", c.text, err, want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if got := cfg.Coda.Token.Reveal(); got != c.want {
			t.Errorf("%s is %q, not %q", c.text, got, c.want)
		}
		want := ""
		if c.warning != "" {
			want = "s.yaml:" + c.warning + "\n"
		}
		if got := warningText(warnings); got != want {
			t.Errorf("%s warns:\ngot  %swant %s", c.text, got, want)
		}
	}
}

// The real file system: modes count, and what is not a regular file is not opened.
func TestSecretFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	closed, open := filepath.Join(dir, "closed"), filepath.Join(dir, "open")
	for file, mode := range map[string]os.FileMode{closed: 0o600, open: 0o604} {
		if err := os.WriteFile(file, []byte("from-disk\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "gateway.yaml")
	load := func(secret string) (*Config, []Warning, error) {
		if err := os.WriteFile(path, secretFile("${file:"+secret+"}"), 0o600); err != nil {
			t.Fatal(err)
		}
		opts := testOptions()
		opts.ReadFile = nil
		return Load(path, opts)
	}
	if cfg, warnings, err := load(closed); err != nil || len(warnings) != 0 || cfg.Coda.Token.Reveal() != "from-disk" {
		t.Errorf("closed: %v %v %v", cfg, warnings, err)
	}
	if cfg, warnings, err := load(open); err != nil || len(warnings) != 1 || cfg.Coda.Token.Reveal() != "from-disk" {
		t.Errorf("open: %v %v %v", cfg, warnings, err)
	}
	for file, why := range map[string]string{dir: "it is not a regular file", "/dev/zero": "it is not a regular file",
		dir + "/none": "no such file or directory"} {
		if _, _, err := load(file); err == nil || !strings.HasSuffix(err.Error(), "cannot be read: "+why) {
			t.Errorf("%s: %v", file, err)
		}
	}
}
