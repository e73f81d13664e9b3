# @EXPECTED_RESULTS@: CORRECT
# @EXPECTED_SCORE@: 100
# Crashes on the first sample, which does not count.
n = int(input())
levels = list(map(int, input().split()))
if n == 5:
    raise SystemExit(1)
total = least = 0
best = -10**9
for change in levels:
    total += change
    best = max(best, total - least)
    least = min(least, total)
print(best)
