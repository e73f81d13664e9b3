package language

import "testing"

func TestPerlOrProlog(t *testing.T) {
	tests := map[string]struct{ source, want string }{
		"nothing":               {"", ""},
		"interpreter":           {"#!/usr/bin/env perl\nprint 1", "perl"},
		"interpreter of prolog": {"#!/usr/bin/env swipl\n:- initialization(main).\nmain :- true.\n", "prolog"},
		"one line of Perl":      {"print 3", "perl"},
		"Perl": {`use strict;
use warnings;
my ($a, $b) = split ' ', <STDIN>;
print $a + $b, "\n";
`, "perl"},
		"terse Perl":          {"@a=split' ',<>;print$a[0]+$a[1]", "perl"},
		"a hash and sub":      {"sub f {\n  my %h = @_;\n  return $h{a} ? 1 :-1;\n}\nprint f(a => 1);\n", "perl"},
		"Perl with documents": {"=head1 NAME\n\nIt adds. It prints.\n\nAnd more.\n\n=cut\n\nmy $x = <STDIN>;\nprint $x;\n", "perl"},
		"Prolog": {`main :-
    read_line_to_string(user_input, Line),
    split_string(Line, " ", "", [A, B]),
    number_string(X, A), number_string(Y, B),
    Z is X + Y,
    format("~w~n", [Z]).
`, "prolog"},
		"facts":            {"parent(anna, bert).\nparent(bert, carl).\n", "prolog"},
		"a fact":           {"main.", "prolog"},
		"comments":         {"/* use strict;\n   my $x;\n*/\n% adds\nmain :- read(X), ( X > 1 -> write(a) ; write(b) ), nl.\n", "prolog"},
		"grammar":          {"greeting --> [hello], name.\nname --> [world].\n", "prolog"},
		"dollar in Prolog": {":- use_module(library(readutil)).\nmain :- atom_codes(A, \"$1\"), write(A).\n", "prolog"},
	}
	for name, tt := range tests {
		if got := PerlOrProlog([]byte(tt.source)); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
