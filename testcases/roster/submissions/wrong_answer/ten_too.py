import sys

hours = {}
for line in sys.stdin:
    name, h = line.split()
    hours[name] = hours.get(name, 0) + int(h)
for name in sorted(hours):
    if hours[name] >= 10:
        print(name, hours[name])
