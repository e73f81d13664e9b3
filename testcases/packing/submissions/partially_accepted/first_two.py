# @EXPECTED_SCORE@: 0
# Too heavy in every test: the grader accepts it, with nothing.
n, w = map(int, input().split())
print(*range(1, n + 1))
