import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.StringTokenizer;

public class Sum {
    public static void main(String[] args) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        in.readLine();
        StringTokenizer entries = new StringTokenizer(in.readLine());
        long sum = 0;
        while (entries.hasMoreTokens()) {
            sum += Long.parseLong(entries.nextToken());
        }
        System.out.println(sum);
    }
}
