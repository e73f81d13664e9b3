__asm__(".incbin \"@ANSWER@\"");
int main(void) { return 0; }
