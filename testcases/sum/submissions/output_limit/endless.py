"""Prints the right answer over and over."""
n = int(input())
answers = (str(sum(map(int, input().split()))) + "\n") * 10000
for _ in range(50000):
    print(answers, end="")
