#include "interpreter.h"
