# @EXPECTED_RESULTS@: WRONG-ANSWER, RUN-ERROR
"""Wrong on some tests, and an exception on others."""
stack = []
for bracket in input():
    if bracket in "([{":
        stack.append(bracket)
    else:
        stack.pop()
print("good" if not stack else "open")
