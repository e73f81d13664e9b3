import sys

low, high = 1, 1000
answer = ""
while answer != "correct":
    middle = (low + high) // 2
    print("between", low, "and", high, file=sys.stderr)
    print(middle, flush=True)
    answer = input()
    low, high = (low, middle - 1) if answer == "lower" else (middle + 1, high)
