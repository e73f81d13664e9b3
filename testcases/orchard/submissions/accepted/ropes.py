# @EXPECTED_SCORE@: 25
r, c = map(int, input().split())
print(r * (c - 1) + c * (r - 1))
