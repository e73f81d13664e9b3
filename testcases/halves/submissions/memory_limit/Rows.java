import java.util.Scanner;

public class Rows {
    public static void main(String[] args) {
        int n = new Scanner(System.in).nextInt();
        if (n % 4 == 1 || n % 4 == 2) {
            System.out.println("no");
            return;
        }
        int left = n * (n + 1) / 4;
        int[][] rows = new int[n + 1][left + 1];
        StringBuilder basket = new StringBuilder();
        int count = 0;
        for (int stone = n; stone > 0; stone--) {
            if (stone <= left) {
                rows[stone][left] = 1;
                basket.append(stone).append(' ');
                left -= stone;
                count++;
            }
        }
        System.out.println("yes\n" + count + "\n" + basket);
    }
}
