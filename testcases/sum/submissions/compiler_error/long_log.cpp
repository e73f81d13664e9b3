// A small source with a compile log of hundreds of kilobytes.
#define ONE undeclared = also_undeclared;
#define TEN ONE ONE ONE ONE ONE ONE ONE ONE ONE ONE
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

int main() {
    { HUNDRED }
    { HUNDRED }
}
