"""Counts the brackets and does not look at their kinds."""
depth = 0
for place, bracket in enumerate(input(), 1):
    depth += 1 if bracket in "([{" else -1
    if depth < 0:
        print("stop at", place)
        break
else:
    print("open" if depth else "good", depth or "")
