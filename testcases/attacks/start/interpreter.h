/* Compiles, and names a program interpreter that the kernel cannot find. */
#ifndef INTERPRETER
#define INTERPRETER "/no/such/interpreter"
#endif
const char interp[] __attribute__((section(".interp"), used)) = INTERPRETER;
#include "attack.h"
int main(void)
{
	puts("safe");
	return 0;
}
