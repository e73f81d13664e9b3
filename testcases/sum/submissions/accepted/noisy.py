"""Writes a little to standard error, which is nobody's business."""
import sys

n = int(input())
entries = list(map(int, input().split()))
print("read", len(entries), "entries", file=sys.stderr)
print(sum(entries))
