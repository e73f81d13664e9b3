from months import DAYS

year, day = map(int, input().split())
days = DAYS[:]
days[1] += year % 4 == 0
month = 0
while day > days[month]:
    day -= days[month]
    month += 1
print(f"{year:04}-{month + 1:02}-{day:02}")
