import std.algorithm, std.array, std.conv, std.stdio;

int main() {
    long[] words = stdin.byLineCopy.join(" ").split.map!(to!long).array;
    long n = words[0];
    long sum = words[1 .. n + 1].sum;
    if (n > 3) foreach (i; 0 .. 400_000) writeln("the sum is on its way");
    writeln(sum);
    return 0;
}
