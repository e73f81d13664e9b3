import sys

hours = {}
for line in sys.stdin:
    name, h = line.split()
    hours[name] = hours.get(name, 0) + int(h)
print(*(f"{n} {h}" for n, h in sorted(hours.items()) if h > 10))
