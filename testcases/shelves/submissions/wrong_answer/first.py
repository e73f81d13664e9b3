# Right for one book alone, which is worth nothing: the group counts, and not the test.
# @EXPECTED_SCORE@: 0
width, count = map(int, input().split())
print(1 if count == 1 else 99)
