# @EXPECTED_SCORE@: 20
# Right only while the water does not fall.
input()
print(sum(map(int, input().split())))
