class Program {
    static void Main() {
        int sum = "forty-two";
        System.Console.WriteLine(sum);
    }
}
