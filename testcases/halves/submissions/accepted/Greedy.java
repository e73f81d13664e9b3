import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;

public class Greedy {
    public static void main(String[] args) {
        int n = new Scanner(System.in).nextInt();
        int left = n * (n + 1) / 2;
        if (left % 2 != 0) {
            System.out.println("no");
            return;
        }
        left /= 2;
        List<String> basket = new ArrayList<>();
        for (int stone = n; stone > 0; stone--) {
            if (stone <= left) {
                basket.add(Integer.toString(stone));
                left -= stone;
            }
        }
        System.out.println("yes\n" + basket.size() + "\n" + String.join(" ", basket));
    }
}
