# @EXPECTED_SCORE@: 0
# Loads nothing, which is allowed and gives no points.
print()
