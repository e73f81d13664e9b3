from months import days_in

year, day = map(int, input().split())
month = 1
while day > days_in(month, year):
    day -= days_in(month, year)
    month += 1
print(f"{year:04}-{month:02}-{day:02}")
