# @EXPECTED_SCORE@: 100
width, _ = map(int, input().split())
count, left = 0, 0
for book in map(int, input().split()):
    if book > left:
        count, left = count + 1, width
    left -= book
print(count)
