"""Goes down one call for every open bracket, and not as deep as the last tests are."""
import sys

sys.setrecursionlimit(400)


def read(line, place, closing):
    """The place behind the brackets that start at place; leaves on the first wrong one."""
    while place < len(line) and line[place] in "([{":
        place = read(line, place + 1, ")]}"["([{".index(line[place])])
    if place == len(line):
        if closing:
            still_open.append(closing)
        return place
    if line[place] != closing:
        print("stop at", place + 1)
        sys.exit()
    return place + 1


still_open = []
line = input()
read(line, 0, "")
print(f"open {len(still_open)}" if still_open else "good")
