fun total(numbers: List<Int>): Int = numbers.sum()
