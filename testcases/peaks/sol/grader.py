from peaks import peaks

with open("input.txt") as f:
    n, *height = map(int, f.read().split())
count, highest = peaks(height)
with open("output.txt", "w") as f:
    print(count, highest, sep="\n", file=f)
