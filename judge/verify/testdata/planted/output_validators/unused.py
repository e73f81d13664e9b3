"""Nobody asks it: the problem has validation: default."""

import sys

sys.exit(43)
