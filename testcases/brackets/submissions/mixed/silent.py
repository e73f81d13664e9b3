# @EXPECTED_RESULTS@: NO-OUTPUT
line = input()
