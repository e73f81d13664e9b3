fun main() {
    val sum: Int = "forty-two"
    println(sum)
}
