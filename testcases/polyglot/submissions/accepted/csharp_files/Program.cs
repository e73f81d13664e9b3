using System;
using System.Linq;

class Program {
    static void Main() {
        int n = int.Parse(Console.ReadLine());
        Console.WriteLine(Total.Of(Console.ReadLine().Trim().Split(' ').Take(n).Select(int.Parse).ToArray()));
    }
}
