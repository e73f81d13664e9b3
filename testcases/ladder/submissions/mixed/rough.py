# @EXPECTED_RESULTS@: WRONG-ANSWER
# @EXPECTED_SCORE@: 19
# Right in the group "low"; in "digits" a wrong answer gives points for the first three digits.
n = int(input())
a = b = 1
for _ in range(n):
    a, b = b, a + b
text = str(a)
print(text[:3] + "0" * (len(text) - 3))
