#!/usr/bin/perl
use strict;
use warnings;

my @words = split ' ', join '', <STDIN>;
my $n = $words[0];
my $sum = 0;
$sum += $_ for @words[1 .. $n];
die "lost count" if $n > 3;
print "$sum\n";
