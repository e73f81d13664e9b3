#!/usr/bin/perl
use strict;
$sum = 1;
print "$sum\n";
