import sys

input()
print("= 1", flush=True)
sys.exit(5)
