import java.io.DataInputStream;
import java.io.IOException;
import java.util.BitSet;

/** Marks the seconds in a bit set and walks along it. */
public class Marks {
    static final byte[] buffer = new byte[1 << 16];
    static int filled;
    static int used;

    static int next(DataInputStream in) throws IOException {
        if (used == filled) {
            filled = in.read(buffer);
            used = 0;
        }
        return filled <= 0 ? -1 : buffer[used++];
    }

    static int number(DataInputStream in) throws IOException {
        int value = 0;
        for (int c = next(in); c >= '0'; c = next(in)) {
            value = value * 10 + c - '0';
        }
        return value;
    }

    public static void main(String[] args) throws IOException {
        DataInputStream in = new DataInputStream(System.in);
        BitSet seconds = new BitSet();
        for (int n = number(in); n > 0; n--) {
            seconds.set(number(in));
        }
        int longest = 0;
        int last = seconds.nextSetBit(0);
        for (int s = last; s >= 0; s = seconds.nextSetBit(s + 1)) {
            longest = Math.max(longest, s - last);
            last = s;
        }
        System.out.println(longest);
    }
}
