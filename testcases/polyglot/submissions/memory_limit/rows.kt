fun main() {
    val words = System.`in`.bufferedReader().readText().split(" ", "\n").filter { it.isNotEmpty() }.map { it.toLong() }
    val n = words[0].toInt()
    var sum = words.subList(1, n + 1).sum()
    if (n > 3) {
        val rows = ArrayList<LongArray>()
        for (i in 0 until 200) rows.add(LongArray(1000000 + i))
        if (rows[7][7] < 0) sum++
    }
    println(sum)
}
