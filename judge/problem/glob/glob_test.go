package glob

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestGlob(t *testing.T) {
	tests := []struct {
		pattern, name string
		want          bool
	}{
		{"accepted", "accepted", true},
		{"accepted", "accepted2", false},
		{"a*", "accepted", true},
		{"*", "a/b", false},
		{"*/b", "a/b", true},
		{"*a*b", "xaybzb", true},
		{"a*b*c", "abbc", true},
		{"a*b*c", "acb", false},
		{"{a,b}/*.py", "b/x.py", true},
		{"{a,b}/*.py", "c/x.py", false},
		{"x{a,b{c,d}}{1,}", "xbd", true},
		{"x{a,b{c,d}}{1,}", "xbd1", true},
		{"x{a,b{c,d}}{1,}", "xb", false},
		{"a.c", "abc", false},
		{"a?c", "abc", false},
		{"a/", "a", true},
	}
	for _, tt := range tests {
		g, err := Parse(tt.pattern)
		if err != nil {
			t.Errorf("parseGlob(%q) = %v", tt.pattern, err)
			continue
		}
		if got := g.Matches(tt.name); got != tt.want {
			t.Errorf("%q matches %q = %t, want %t", tt.pattern, tt.name, got, tt.want)
		}
	}
}

func TestGlobMatchesBelow(t *testing.T) {
	g, err := Parse("secret/{a,b}*")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"secret/a": true, "secret/b1/2": true, "secret/b/c/d": true, "secret": false, "secret/c/a": false, "": false,
	} {
		if got := g.MatchesBelow(name); got != want {
			t.Errorf("matchesBelow(%q) = %t, want %t", name, got, want)
		}
	}
}

func TestBrokenGlobs(t *testing.T) {
	for pattern, want := range map[string]string{
		"":                                  "is empty or longer than 500 bytes",
		strings.Repeat("a", 501):            "is empty or longer than 500 bytes",
		"a[bc]":                             "has brackets",
		"a/**":                              "has **",
		"{a":                                "has a { without a } after it",
		"a{b{c}":                            "has a { without a } after it",
		"a}{":                               "has a } without a { before it",
		"{a,b}}":                            "has a } without a { before it",
		"a//b":                              "has an empty name in it",
		"/a":                                "has an empty name in it",
		"{a,}/b":                            "has an empty name in it",
		strings.Repeat("{a,b}", 9):          "stands for more than 256 paths",
		strings.Repeat("{a,b,c,d,e,f}", 35): "stands for more than 256 paths",
	} {
		if _, err := Parse(pattern); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("parseGlob(%q) = %v, want %q", pattern, err, want)
		}
	}
}

// TestGlobAgainstRegexp compares with regular expressions, which are built from the same draws.
func TestGlobAgainstRegexp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var pattern, expression strings.Builder
		draw(t, &pattern, &expression, 3)
		name := rapid.StringOfN(rapid.SampledFrom([]rune("ab/.*")), 1, 8, -1).Draw(t, "name")
		g, err := Parse(pattern.String())
		if err != nil {
			return // of no name, or with ** in it
		}
		plain, _ := expandBraces(pattern.String())
		if slices.ContainsFunc(plain, func(p string) bool { return strings.HasSuffix(p, "/") }) {
			return // since that slash is taken off
		}
		want := regexp.MustCompile(`^(?:` + expression.String() + `)$`).MatchString(name)
		if got := g.Matches(name); got != want {
			t.Fatalf("%q matches %q = %t, want %t", pattern.String(), name, got, want)
		}
	})
}

// draw writes the same thing as a pattern and as a regular expression.
func draw(t *rapid.T, pattern, expression *strings.Builder, depth int) {
	for range rapid.IntRange(0, 4).Draw(t, "elements") {
		switch kind := rapid.IntRange(0, 5).Draw(t, "kind"); {
		case kind == 0:
			pattern.WriteString("*")
			expression.WriteString("[^/]*")
		case kind == 1 && depth > 0:
			pattern.WriteString("{")
			expression.WriteString("(?:")
			for i := range rapid.IntRange(1, 3).Draw(t, "choices") {
				if i > 0 {
					pattern.WriteString(",")
					expression.WriteString("|")
				}
				draw(t, pattern, expression, depth-1)
			}
			pattern.WriteString("}")
			expression.WriteString(")")
		default:
			literal := rapid.SampledFrom([]string{"a", "b", "/", "."}).Draw(t, "literal")
			pattern.WriteString(literal)
			expression.WriteString(regexp.QuoteMeta(literal))
		}
	}
}

func FuzzGlob(f *testing.F) {
	f.Add("*/{a,b}*.py", "accepted/a.py")
	f.Add("{{a,b},c}{d,}", "ad")
	f.Fuzz(func(t *testing.T, pattern, name string) {
		g, err := Parse(pattern)
		if err != nil {
			return
		}
		g.MatchesBelow(name)
		if !strings.ContainsAny(pattern, "*{}") && !g.Matches(strings.TrimSuffix(pattern, "/")) {
			t.Errorf("%q does not match itself", pattern)
		}
	})
}
