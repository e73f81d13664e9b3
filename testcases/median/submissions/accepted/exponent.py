import statistics

input()
print("%.12E" % statistics.median(map(float, input().split())))
