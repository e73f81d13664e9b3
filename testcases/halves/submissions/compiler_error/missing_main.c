int half(int n) { return n * (n + 1) / 4; }
