import java.util.Scanner;

public class OutOfBounds {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int[] entries = new int[in.nextInt()];
        long sum = 0;
        for (int i = 0; i <= entries.length; i++) {
            entries[i] = in.hasNextInt() ? in.nextInt() : 0;
            sum += entries[i];
        }
        System.out.println(sum);
    }
}
