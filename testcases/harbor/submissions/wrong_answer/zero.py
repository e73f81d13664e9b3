# @EXPECTED_SCORE@: 0
# Right for one test of the first group, which gives no points by itself.
print(0)
