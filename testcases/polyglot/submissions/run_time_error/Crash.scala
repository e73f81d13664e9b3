object Crash {
  def main(args: Array[String]): Unit = {
    val words = scala.io.Source.stdin.mkString.split("\\s+").filter(_.nonEmpty).map(_.toLong)
    val n = words(0).toInt
    var sum = words.slice(1, n + 1).sum
    if (n > 3) sum += words(n + 1000)
    println(sum)
  }
}
