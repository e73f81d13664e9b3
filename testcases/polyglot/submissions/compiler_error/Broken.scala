object Broken {
  def main(args: Array[String]): Unit = {
    val sum: Int = "forty-two"
    println(sum)
  }
}
