import java.util.Scanner;

public class Main {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int year = in.nextInt();
        int day = in.nextInt();
        Month month = Month.JANUARY;
        while (day > month.days(year)) {
            day -= month.days(year);
            month = month.next();
        }
        System.out.printf("%04d-%02d-%02d%n", year, month.ordinal() + 1, day);
    }
}
