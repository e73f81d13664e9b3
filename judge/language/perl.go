package language

import "regexp"

// Lines that only one of the two languages has. Neither pattern knows the language: what counts is which of them finds
// more.
var (
	perlInterpreter = regexp.MustCompile(`^#!.*perl`)
	prologComments  = regexp.MustCompile(`(?s)/\*.*?\*/`)
	perlDocuments   = regexp.MustCompile(`(?ms)^=[a-z]\w*.*?(^=cut.*?$|\z)`)
	perlLine        = regexp.MustCompile(`(?m)^\s*(use|no|my|our|local|sub|package|foreach|while|print|printf|chomp|say|require)\b` +
		`|[$@][A-Za-z_{]|[$]_|<STDIN>|<>|[;{}][ \t]*(#.*)?$|^\s*#`)
	prologLine = regexp.MustCompile(`(?m):-(\s|$)|-->|^[^#\n]*[\w)\]"'!}]\.[ \t]*(%.*)?$|^\s*%`)
)

// PerlOrProlog tells the code of the language of a file whose extension, .pl, both have: "perl" or "prolog", or "" where
// the content shows neither.
func PerlOrProlog(source []byte) string {
	if perlInterpreter.Match(source) {
		return "perl"
	}
	source = prologComments.ReplaceAll(perlDocuments.ReplaceAll(source, nil), nil)
	perl, prolog := len(perlLine.FindAll(source, -1)), len(prologLine.FindAll(source, -1))
	switch {
	case perl > prolog:
		return "perl"
	case prolog > perl:
		return "prolog"
	}
	return ""
}
