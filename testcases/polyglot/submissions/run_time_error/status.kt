fun main() {
    val words = System.`in`.bufferedReader().readText().split(" ", "\n").filter { it.isNotEmpty() }.map { it.toLong() }
    val n = words[0].toInt()
    var sum = words.subList(1, n + 1).sum()
    if (n > 3) {
        println(sum)
        System.exit(3)
    }
    println(sum)
}
