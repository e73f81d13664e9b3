#define INTERPRETER "/usr/bin/ldd"
#include "interpreter.h"
