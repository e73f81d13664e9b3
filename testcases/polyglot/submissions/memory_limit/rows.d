import std.algorithm, std.array, std.conv, std.range, std.stdio;

int main() {
    long[] words = stdin.byLineCopy.join(" ").split.map!(to!long).array;
    long n = words[0];
    long sum = words[1 .. n + 1].sum;
    if (n > 3) {
        long[][] rows;
        foreach (i; 0 .. 200) rows ~= iota(1_000_000L).array;
        if (rows[7][7] < 0) sum++;
    }
    writeln(sum);
    return 0;
}
