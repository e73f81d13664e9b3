// The output limit does not care that it is all white space.
public class Trail {
    public static void main(String[] args) {
        String spaces = " ".repeat(1 << 16);
        System.out.println("no");
        for (int i = 0; i < 1024; i++) {
            System.out.print(spaces);
        }
    }
}
