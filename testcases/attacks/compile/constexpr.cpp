constexpr unsigned long f(int n) { return n < 2 ? 1 : f(n - 1) + f(n - 2); }
static_assert(f(80) != 0);
int main() {}
