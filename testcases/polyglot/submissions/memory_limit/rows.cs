using System;
using System.Collections.Generic;
using System.Linq;

class Program {
    static int Main() {
        long[] words = Console.In.ReadToEnd().Split((char[])null, StringSplitOptions.RemoveEmptyEntries)
            .Select(long.Parse).ToArray();
        int n = (int)words[0];
        long sum = words.Skip(1).Take(n).Sum();
        if (n > 3) {
            var rows = new List<long[]>();
            for (int i = 0; i < 200; i++) {
                var row = new long[1000000];
                for (int k = 0; k < row.Length; k++) row[k] = k;
                rows.Add(row);
            }
            if (rows[7][7] < 0) sum++;
        }
        Console.WriteLine(sum);
        return 0;
    }
}
