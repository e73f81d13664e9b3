import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.StringTokenizer;

public class Cable {
    static double sag(double d, double length) {
        double low = 1e-3;
        double high = 6;
        for (int i = 0; i < 80; i++) {
            double u = (low + high) / 2;
            if (Math.sinh(u) / u < length / d) {
                low = u;
            } else {
                high = u;
            }
        }
        return d / 1000 * (Math.cosh(low) - 1) / (2 * low);
    }

    public static void main(String[] args) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        int n = Integer.parseInt(in.readLine());
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < n; i++) {
            StringTokenizer line = new StringTokenizer(in.readLine());
            double d = Double.parseDouble(line.nextToken());
            out.append(sag(d, Double.parseDouble(line.nextToken()))).append('\n');
        }
        System.out.print(out);
    }
}
