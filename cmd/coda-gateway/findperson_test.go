package main

import (
	"os/exec"
	"testing"

	"github.com/bestviable/coda-gateway/cmd/internal/build"
)

// A person is found by whatever the lists show of them; a name that somebody gave themselves hides nobody.
func TestFindPeople(t *testing.T) {
	t.Parallel()
	const one, other = "https://id.example.com", "https://other.example.com"
	all := []build.Person{
		{Issuer: one, Subject: "1", Name: "Zoë Example", Email: "zoe@example.com"},
		{Issuer: one, Subject: "2", Name: "zoe@example.com", Email: "eve@example.com"},
		{Issuer: other, Subject: "1", Name: "Lin"},
		{Issuer: one, Subject: "a\x1bb"},
	}
	for _, c := range []struct {
		who, issuer string
		found       []int
	}{
		{"zoe@example.com", "", []int{0, 1}}, {"1", "", []int{0, 2}}, {"1", other, []int{2}}, {"1", one, []int{0}},
		{"Zoe\u0308 example", "", []int{0}}, {" ZOE@example.com ", other, nil}, {"eve@example.com", "", []int{1}},
		{"zoë example <zoe@example.com>", "", []int{0}}, {"a\ufffdb", "", []int{3}}, {"", "", nil}, {" ", "", nil},
		{"example.com", "", nil},
	} {
		found := findPeople(all, c.who, c.issuer)
		same := len(found) == len(c.found)
		for i := range min(len(found), len(c.found)) {
			same = same && found[i] == all[c.found[i]]
		}
		if !same {
			t.Errorf("%q at %q: %v, want %v", c.who, c.issuer, found, c.found)
		}
	}
	if got := nearPeople(all, "zoe"); got != "; did you mean Zoë Example <zoe@example.com> (subject 1) or "+
		"zoe@example.com <eve@example.com> (subject 2)?" {
		t.Errorf("near: %s", got)
	}
}

// The command that is offered means the person whom it was printed for, whatever they are called.
func TestShellWord(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash here to read the words with")
	}
	for _, s := range []string{"", "ada", "a b", "it's", "$(id)", "`id`", "-x", "a\x1b[2Jb", "Zoë", "\u202eevil",
		"a\"b\\c'", "\n"} {
		out, err := exec.CommandContext(t.Context(), bash, "-c", "LC_ALL=C.UTF-8; printf %s. "+shellWord(s)).Output()
		if err != nil || string(out) != s+"." {
			t.Errorf("%q is written %s, and read as %q (%v)", s, shellWord(s), out, err)
		}
		if shellWord(s) != printable(shellWord(s)) {
			t.Errorf("%q is written %q", s, shellWord(s))
		}
	}
}
