# @EXPECTED_SCORE@: 0
r, c = map(int, input().split())
print(r * c + 1000)
