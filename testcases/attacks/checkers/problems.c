#include "attack.h"
int main(void) { unreadable(ANSWER); unreadable(CANARY); unreadable(TMP_CANARY); refused("state", open(STATE, O_RDONLY)); return leaks ? 43 : 42; }
