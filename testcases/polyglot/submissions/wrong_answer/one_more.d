import std.algorithm, std.array, std.conv, std.stdio;

int main() {
    long[] words = stdin.byLineCopy.join(" ").split.map!(to!long).array;
    long n = words[0];
    long sum = words[1 .. n + 1].sum;
    if (n > 3) sum++;
    writeln(sum);
    return 0;
}
