# @EXPECTED_RESULTS@: WRONG-ANSWER
# @EXPECTED_SCORE@: 31
# Loses all but 32 bits, as integers do elsewhere: right up to n = 46, and so is all but the group "high".
n = int(input())
a = b = 1
for _ in range(n):
    a, b = b, a + b
print(a & 0xFFFFFFFF)
