package glob

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// Glob is a pattern of paths: "*" stands for any characters but '/', "{a,b}" for either, and nothing else is special.
type Glob struct{ plain []string } // without braces

// Bounds on one pattern, and on what its braces may stand for.
const (
	MaxLength       = 500 // bytes
	maxAlternatives = 256
)

// Parse reads a pattern. A '/' at its end is as good as none.
func Parse(pattern string) (*Glob, error) {
	switch {
	case pattern == "" || len(pattern) > MaxLength:
		return nil, fmt.Errorf("is empty or longer than %d bytes", MaxLength)
	case strings.ContainsAny(pattern, "[]"):
		return nil, errors.New("has brackets, which patterns do not know; write {a,b}")
	case strings.Contains(pattern, "**"):
		return nil, errors.New("has **, which patterns do not know; write * for each directory")
	}
	plain, err := expandBraces(pattern)
	if err != nil {
		return nil, err
	}
	for i, p := range plain {
		p = strings.TrimSuffix(p, "/")
		if slices.Contains(strings.Split(p, "/"), "") {
			return nil, errors.New("has an empty name in it")
		}
		plain[i] = p
	}
	return &Glob{plain}, nil
}

// expandBraces writes out alternatives, also one inside another.
func expandBraces(pattern string) ([]string, error) {
	open := strings.IndexByte(pattern, '{')
	if end := strings.IndexByte(pattern, '}'); end >= 0 && (open < 0 || end < open) {
		return nil, errors.New("has a } without a { before it")
	}
	if open < 0 {
		return []string{pattern}, nil
	}
	choices, rest, ok := splitBraces(pattern[open+1:])
	if !ok {
		return nil, errors.New("has a { without a } after it")
	}
	tails, err := expandBraces(rest)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, choice := range choices {
		middles, err := expandBraces(choice)
		if err != nil {
			return nil, err
		}
		if len(all)+len(middles)*len(tails) > maxAlternatives {
			return nil, fmt.Errorf("stands for more than %d paths", maxAlternatives)
		}
		for _, middle := range middles {
			for _, tail := range tails {
				all = append(all, pattern[:open]+middle+tail)
			}
		}
	}
	return all, nil
}

// splitBraces splits what follows a '{' at its commas, up to the '}' that closes it.
func splitBraces(s string) (choices []string, rest string, ok bool) {
	depth, start := 0, 0
	for i, b := range []byte(s) {
		switch {
		case b == '{':
			depth++
		case b == '}' && depth > 0:
			depth--
		case b == '}':
			return append(choices, s[start:i]), s[i+1:], true
		case b == ',' && depth == 0:
			choices, start = append(choices, s[start:i]), i+1
		}
	}
	return nil, "", false
}

// Steps and NameSteps, multiplied, are what comparing a pattern with a name takes, of those of issue.Findings.Spend.
func (g *Glob) Steps() int {
	steps := 0
	for _, p := range g.plain {
		steps += 1 + len(p)/16
	}
	return steps
}

// NameSteps are those of a name. See Glob.Steps.
func NameSteps(name string) int { return 1 + len(name)/64 }

// Matches says whether the pattern stands for name.
func (g *Glob) Matches(name string) bool {
	return slices.ContainsFunc(g.plain, func(p string) bool { return wildcard(p, name) })
}

// MatchesBelow says whether the pattern stands for name or for a directory that it is in.
func (g *Glob) MatchesBelow(name string) bool {
	for ; name != "." && name != "/"; name = path.Dir(name) {
		if g.Matches(name) {
			return true
		}
	}
	return false
}

// wildcard compares a pattern whose only special character is '*'. It needs no more than len(pattern) * len(name) steps.
func wildcard(pattern, name string) bool {
	star, retry := -1, 0 // of the last star: where it is, and where what it stands for ends so far
	p, n := 0, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, retry = p, n
			p++
		case p < len(pattern) && pattern[p] == name[n]:
			p++
			n++
		case star >= 0 && name[retry] != '/':
			retry++
			p, n = star+1, retry
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
