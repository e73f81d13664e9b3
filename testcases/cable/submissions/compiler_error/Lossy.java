public class Lossy {
    public static void main(String[] args) {
        float sag = 1.5;
        System.out.println(sag);
    }
}
