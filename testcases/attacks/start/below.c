#define INTERPRETER "/etc/passwd/x"
#include "interpreter.h"
