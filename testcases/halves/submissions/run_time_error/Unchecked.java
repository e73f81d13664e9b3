import java.util.Scanner;

public class Unchecked {
    public static void main(String[] args) {
        int n = new Scanner(System.in).nextInt();
        if (n % 4 == 1 || n % 4 == 2) {
            throw new IllegalArgumentException("no way for " + n);
        }
        System.exit(3);
    }
}
