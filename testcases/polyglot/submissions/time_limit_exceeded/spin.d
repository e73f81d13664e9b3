import std.algorithm, std.array, std.conv, std.stdio;

int main() {
    long[] words = stdin.byLineCopy.join(" ").split.map!(to!long).array;
    long n = words[0];
    long sum = words[1 .. n + 1].sum;
    if (n > 3) {
        long x = 1;
        foreach (i; 0L .. 1_000_000_000_000L) x = (x * 1103 + 12345) % 65536;
        if (x == 7) sum++;
    }
    writeln(sum);
    return 0;
}
