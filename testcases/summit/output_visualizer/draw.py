"""Draws the sequence as a line that goes up and down."""
import sys

places = [int(word) for word in sys.stdin.read().split()][:200]
points = " ".join(f"{5 * i},{200 - 2 * p}" for i, p in enumerate(places))
with open(sys.argv[3] + "judgeimage.svg", "w") as f:
    f.write(f'<svg xmlns="http://www.w3.org/2000/svg" width="1000" height="210"><polyline points="{points}" fill="none" stroke="black"/></svg>\n')
