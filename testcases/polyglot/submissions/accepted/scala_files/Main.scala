object Main {
  def main(args: Array[String]): Unit = {
    val n = scala.io.StdIn.readLine().trim.toInt
    println(Total.of(scala.io.StdIn.readLine().trim.split(" ").take(n).map(_.toInt)))
  }
}
