use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Total;

my ($n, @numbers) = split ' ', join ' ', <STDIN>;
print Total::of(@numbers[0 .. $n - 1]), "\n";
