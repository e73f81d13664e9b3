# @EXPECTED_SCORE@: 300
n, w = map(int, input().split())
reached = {0: ()}
for box, weight in enumerate(map(int, input().split()), 1):
    for load, boxes in list(reached.items()):
        if load + weight <= w:
            reached.setdefault(load + weight, boxes + (box,))
print(*reached[max(reached)])
