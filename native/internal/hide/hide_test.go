package hide

import (
	"strings"
	"testing"
)

func TestPatterns(t *testing.T) {
	for _, test := range []struct {
		patterns      string // between spaces
		hidden, shown string
	}{
		{".env", ".env a/.env a/b/.env/c .ENV", ".envrc x.env a"},
		{".env*", ".env .env.local a/.envrc", "a.env"},
		{"secrets/*.pem", "secrets/a.pem secrets/.pem SECRETS/A.PEM secrets/d.pem/x", "secrets a/secrets/a.pem secrets/a.pem2 secrets/d/a.pem a.pem"},
		{"/top", "top top/a", "a/top"},
		{"folder/", "folder a/folder folder/x", "folders"},
		{"**/secrets/*.pem", "secrets/a.pem a/b/secrets/a.pem", "secrets a/secrets/b/a.pem"},
		{"a/**/z", "a/z a/b/z a/b/c/z", "a z b/a/z a/b"},
		{"a/**", "a/b a/b/c", "a b"},
		{"**", "a a/b", ""},
		{"a/**/**/z", "a/z a/b/z", "a/b"},
		{"?.[a-c]", "x.a a/y.c X.B", "x.d xx.a"},
		{`\*.txt \!x`, "*.txt !x", "a.txt x"},
		{"a .git c/d", "a .git c/d x/.git", "b c d"},
		{"é", "É e\u0301 E\u0301", "e"},
		{".git", ".g\u200cit .G\u00adIT", ".gi"},
		{"straße", "STRASSE", "strase"},
	} {
		set, err := Parse(strings.Fields(test.patterns))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range strings.Fields(test.hidden) {
			if _, hidden := set.Walk(name); !hidden {
				t.Errorf("%s shows %q", test.patterns, name)
			}
		}
		for _, name := range strings.Fields(test.shown) {
			if _, hidden := set.Walk(name); hidden {
				t.Errorf("%s hides %q", test.patterns, name)
			}
		}
	}
}

func TestWhatIsNoPattern(t *testing.T) {
	for _, pattern := range []string{
		"", "/", "//", "!x", "..", "../x", "a/../b", "./a", ".", "a//b", "[", "a/[x", `a\`, "a\x00b", strings.Repeat("x", MaxBytes+1),
	} {
		if _, err := Parse([]string{pattern}); err == nil {
			t.Errorf("%q was taken", pattern)
		}
	}
	if _, err := Parse(make([]string, MaxPatterns+1)); err == nil {
		t.Error("any number of patterns is taken")
	}
}

// Folders whose names may be exchanged, and those whose may not.
func TestStates(t *testing.T) {
	set, err := Parse([]string{".env", "secrets/*.pem", "**/keys/id"})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{"x", "y/z", true}, {"x", "secrets", false}, {"secrets", "Secrets", true}, {"a/secrets", "x", true},
		{"keys", "a/keys", true}, {"keys", "a", false}, {"secrets/x", "x", true}, {"secrets/keys", "keys", true},
	} {
		a, _ := set.Walk(test.a)
		b, _ := set.Walk(test.b)
		if a.Equal(b) != test.same {
			t.Errorf("%s and %s: %v %v", test.a, test.b, a, b)
		}
	}
}

func TestLiteral(t *testing.T) {
	for _, name := range []string{"a", "a/b", "*", "[x", `a\`, "!x", "a?/**x"} {
		set, err := Parse([]string{Literal(name)})
		if err != nil {
			t.Fatal(err)
		}
		if _, hidden := set.Walk(name); !hidden {
			t.Errorf("%q does not mean itself", name)
		}
		if _, hidden := set.Walk("x/" + name); hidden {
			t.Errorf("%q is not from the top", name)
		}
	}
}

// FuzzParse: whatever is written in a file ends in a set or an error, and a set hides what is below what it
// hides.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{".env", "secrets/*.pem", "**/a/**", "[a-", `\`, "a/**/b", "É[é]"} {
		f.Add(pattern, "a/secrets/x.pem")
	}
	f.Fuzz(func(t *testing.T, pattern, name string) {
		set, err := Parse([]string{pattern, ".git"})
		if err != nil {
			return
		}
		if len(set.segments) > 2*MaxBytes {
			t.Fatalf("%d segments", len(set.segments))
		}
		if _, hidden := set.Walk(name); hidden {
			if _, below := set.Walk(name + "/below"); !below {
				t.Errorf("%q hides %q and not what is in it", pattern, name)
			}
		}
		if _, hidden := set.Walk(name + "/.GIT"); !hidden {
			t.Errorf("%q shows another's name in %q", pattern, name)
		}
	})
}
