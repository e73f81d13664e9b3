import java.util.Arrays;

public class Table {
    public static void main(String[] args) {
        double[] table = new double[60_000_000];
        Arrays.fill(table, 0.5);
        System.out.println(table[table.length / 2]);
    }
}
