public class Flood {
    public static void main(String[] args) {
        byte[] block = "0 ".repeat(32768).getBytes();
        for (int i = 0; i < 1024; i++) {
            System.out.write(block, 0, block.length);
        }
        System.out.flush();
    }
}
