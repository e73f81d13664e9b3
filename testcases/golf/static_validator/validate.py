"""Looks at the source: "loops" rejects one that has a loop, "length" gives a multiplier for a short one."""
import os
import re
import sys

language, entry_point, feedback, *args = sys.argv[1:]
names = [name for name in os.listdir() if name.endswith(".py")]
if language != "python3" or not names:
    sys.exit(1)
source = "".join(open(name).read() for name in names)
code = "\n".join(line for line in source.splitlines() if not line.startswith("#"))
if args == ["loops"]:
    if re.search(r"\b(for|while)\b", code):
        with open(feedback + "teammessage.txt", "w") as f:
            f.write("there is a loop\n")
        sys.exit(43)
    sys.exit(42)
with open(feedback + "score_multiplier.txt", "w") as f:
    f.write(f"{min(1, 30 / max(1, len(code)))}\n")
sys.exit(42)
