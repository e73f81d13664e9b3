import java.util.Scanner;

public class Format {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int n = in.nextInt();
        for (int i = 0; i < n; i++) {
            double d = in.nextInt();
            System.out.printf("%d%n", d);
        }
    }
}
