// A small source with a compile log of hundreds of kilobytes: every use of ONE names
// something else that is not there.
#define JOIN(a, b) a##b
#define NAME(n) JOIN(missing_entry_number_, n)
#define ONE NAME(__COUNTER__) = 1;
#define TEN ONE ONE ONE ONE ONE ONE ONE ONE ONE ONE
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

int main() {
    HUNDRED
    HUNDRED
    HUNDRED
    HUNDRED
}
