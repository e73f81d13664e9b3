# @EXPECTED_SCORE@: 100
input()
total = least = 0
best = -10**9
for change in map(int, input().split()):
    total += change
    best = max(best, total - least)
    least = min(least, total)
print(best)
