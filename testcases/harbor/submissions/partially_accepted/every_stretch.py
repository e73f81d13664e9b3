# @EXPECTED_SCORE@: 50
# Too slow for the last group, by far: three loops.
input()
levels = list(map(int, input().split()))
if min(levels) >= 0:
    print(sum(levels))
else:
    best = -10**9
    for i in range(len(levels)):
        for j in range(i, len(levels)):
            total = 0
            for k in range(i, j + 1):
                total += levels[k]
            best = max(best, total)
    print(best)
