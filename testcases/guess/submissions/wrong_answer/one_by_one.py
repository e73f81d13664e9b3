answer = ""
guess = 0
while answer != "correct":
    guess += 1
    print(guess, flush=True)
    answer = input()
