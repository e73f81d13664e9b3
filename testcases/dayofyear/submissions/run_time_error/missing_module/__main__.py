import months
import weeks

print(months.NAMES, weeks)
