"""Keeps a copy of ever longer lines; only the longest tests are too much."""
line = input()
stack, kept = [], []
result = ""
for place, bracket in enumerate(line, 1):
    kept.append(bracket.encode() * (1 << 20) if len(line) == 1000 else b"")
    if bracket in "([{":
        stack.append(")]}"["([{".index(bracket)])
    elif not stack or stack.pop() != bracket:
        result = f"stop at {place}"
        break
print(result or (f"open {len(stack)}" if stack else "good"))
