object Chatter {
  def main(args: Array[String]): Unit = {
    val words = scala.io.Source.stdin.mkString.split("\\s+").filter(_.nonEmpty).map(_.toLong)
    val n = words(0).toInt
    var sum = words.slice(1, n + 1).sum
    if (n > 3) for (_ <- 0 until 400000) println("the sum is on its way")
    println(sum)
  }
}
