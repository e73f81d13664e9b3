# Right for the small tests: all of their 40 points, once.
# @EXPECTED_SCORE@: 40
width, _ = map(int, input().split())
count, left = 0, 0
for book in map(int, input().split()):
    if book > left:
        count, left = count + 1, width
    left -= book
if count > 5:
    raise SystemExit(1)
print(count)
