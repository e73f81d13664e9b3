import std.stdio, total;

void main()
{
    int n;
    readf(" %d", &n);
    auto numbers = new long[n];
    foreach (ref x; numbers)
        readf(" %d", &x);
    writeln(add(numbers));
}
