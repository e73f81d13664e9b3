import java.util.Scanner;

public class OffByOne {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int n = in.nextInt();
        long sum = 0;
        for (int i = 0; i + 1 < n; i++) {
            sum += in.nextInt();
        }
        System.out.println(sum);
    }
}
