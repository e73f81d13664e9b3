#!/usr/bin/perl
# @EXPECTED_RESULTS@: WRONG-ANSWER
# DOMjudge takes .pl for Perl, where the package formats take it for Prolog.
print "a quarter\n";
