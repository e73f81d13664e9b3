def judge(line):
    stack = []
    for place, bracket in enumerate(line, 1):
        if bracket in "([{":
            stack.append(")]}"["([{".index(bracket)])
        elif not stack or stack.pop() != bracket:
            return f"stop at {place}"
    return f"open {len(stack)}" if stack else "good"


print(judge(input()))
