import java.util.Scanner;

public class Marks {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int n = in.nextInt();
        boolean[] seconds = new boolean[1000];
        for (int i = 0; i < n; i++) {
            seconds[in.nextInt()] = true;
        }
        int longest = 0;
        int last = -1;
        for (int s = 0; s < seconds.length; s++) {
            if (seconds[s]) {
                longest = last < 0 ? 0 : Math.max(longest, s - last);
                last = s;
            }
        }
        System.out.println(longest);
    }
}
