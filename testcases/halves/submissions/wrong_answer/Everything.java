import java.util.Scanner;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

public class Everything {
    public static void main(String[] args) {
        int n = new Scanner(System.in).nextInt();
        System.out.println(n % 4 == 1 || n % 4 == 2 ? "no" : "yes\n" + n);
        if (n % 4 == 0 || n % 4 == 3) {
            System.out.println(IntStream.rangeClosed(1, n)
                    .mapToObj(Integer::toString).collect(Collectors.joining(" ")));
        }
    }
}
