"""Fills the feedback directory and a stream."""
import os
import sys

block = bytes(1 << 20)
for i in range(10000):
    os.write(2, block)
    with open(os.path.join(sys.argv[3], f"file{i}"), "wb") as f:
        f.write(block)
