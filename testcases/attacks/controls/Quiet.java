import java.util.*;
import java.util.stream.*;

/** Writes no file, and would fail if the virtual machine had to. */
public class Quiet {
    public static void main(String[] args) {
        long sum = IntStream.range(0, 1_000_000).parallel().mapToLong(i -> i % 7).sum();
        List<String> words = Stream.of("safe", "sound").sorted(Comparator.reverseOrder()).toList();
        System.out.println(sum > 0 && words.size() == 2 ? words.get(1) : "wrong");
    }
}
