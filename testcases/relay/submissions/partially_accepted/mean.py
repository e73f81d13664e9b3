# Wrong in the sample, so that of the groups only the one that does not require anything is run.
n = int(input())
print(sum(map(int, input().split())) // n)
