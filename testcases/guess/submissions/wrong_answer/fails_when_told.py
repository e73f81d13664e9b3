# Ends with an exception at the end of its input, but only because its guesses were wrong already.
for i in range(11):
    print(1001, flush=True)
    input()
