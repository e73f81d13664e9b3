fun main() {
    val n = readLine()!!.trim().toInt()
    println(total(readLine()!!.trim().split(" ").map { it.toInt() }.take(n)))
}
