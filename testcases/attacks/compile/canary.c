#include "@CANARY@"
int main(void) { return 0; }
