import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.StreamTokenizer;
import java.util.ArrayList;
import java.util.List;

public class Heap {
    static long next(StreamTokenizer in) throws IOException {
        in.nextToken();
        return (long) in.nval;
    }

    public static void main(String[] args) throws IOException {
        StreamTokenizer in = new StreamTokenizer(new BufferedReader(new InputStreamReader(System.in)));
        int n = (int) next(in);
        long sum = 0;
        for (int i = 0; i < n; i++) {
            sum += next(in);
        }
        List<byte[]> kept = new ArrayList<>();
        for (int i = 0; i < 64 && n >= 5000; i++) {
            kept.add(new byte[16 << 20]);
        }
        for (byte[] block : kept) {
            sum += block[n];
        }
        System.out.println(sum);
    }
}
