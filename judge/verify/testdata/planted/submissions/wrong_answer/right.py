import sys

print(2 * int(sys.stdin.buffer.read().split()[0]))
