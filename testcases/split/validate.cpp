// A validator by the protocol of testlib, made without testlib.h: exits 0 for a sound input on standard input, else 3.
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <string>

static std::string text;
static std::size_t at;

static void need(bool sound, const char *what) {
    if (sound) return;
    std::fprintf(stderr, "FAIL %s at byte %zu\n", what, at);
    std::exit(3);
}

static int number(int most) {
    need(at < text.size() && text[at] >= '1' && text[at] <= '9', "no number");
    int value = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9' && value <= most; at++) value = 10 * value + text[at] - '0';
    need(value <= most, "number too large");
    return value;
}

static void byte(char c) { need(at < text.size() && text[at++] == c, "no white space"); }

int main() {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
    const int count = number(100);
    byte('\n');
    for (int i = 0; i < count; i++) {
        if (i > 0) byte(' ');
        number(100);
    }
    byte('\n');
    need(at == text.size(), "more than expected");
}
