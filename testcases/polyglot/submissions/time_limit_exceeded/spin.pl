#!/usr/bin/perl
use strict;
use warnings;

my @words = split ' ', join '', <STDIN>;
my $n = $words[0];
my $sum = 0;
$sum += $_ for @words[1 .. $n];
if ($n > 3) {
    my $x = 1;
    for (my $i = 0; $i < 1e12; $i++) { $x = ($x * 1103 + 12345) % 65536; }
    $sum++ if $x < 0;
}
print "$sum\n";
