public class Heap {
    public static void main(String[] args) {
        java.util.List<byte[]> eaten = new java.util.ArrayList<>();
        while (true) {
            try {
                eaten.add(new byte[1 << 20]);
                java.nio.ByteBuffer.allocateDirect(1 << 20);
            } catch (OutOfMemoryError e) {
                // go on
            }
        }
    }
}
