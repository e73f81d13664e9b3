public class Checked {
    public static void main(String[] args) {
        Thread.sleep(10);
    }
}
