object Total {
  def of(numbers: Array[Int]): Int = numbers.sum
}
