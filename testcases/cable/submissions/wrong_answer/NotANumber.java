import java.util.Scanner;

public class NotANumber {
    public static void main(String[] args) {
        int n = new Scanner(System.in).nextInt();
        for (int i = 0; i < n; i++) {
            System.out.println(Math.sqrt(-1));
        }
    }
}
