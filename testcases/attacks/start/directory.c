#define INTERPRETER "/usr"
#include "interpreter.h"
