print(input() + 'x')
