import sys

hours = {}
for line in sys.stdin:
    name, h = line.split()
    hours[name] = hours.get(name, 0) + int(h)
for name in sorted(hours):
    print(f"{name}\t{hours[name]} \n" if hours[name] > 10 else "")
