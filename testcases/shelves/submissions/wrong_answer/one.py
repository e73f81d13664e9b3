# One shelf too much everywhere: nothing for the small tests, 50 for the large ones.
# @EXPECTED_SCORE@: 50
width, _ = map(int, input().split())
count, left = 0, 0
for book in map(int, input().split()):
    if book > left:
        count, left = count + 1, width
    left -= book
print(count + 1)
