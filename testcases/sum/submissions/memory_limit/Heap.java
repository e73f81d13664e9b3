import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;

public class Heap {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int n = in.nextInt();
        long sum = 0;
        for (int i = 0; i < n; i++) {
            sum += in.nextInt();
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
