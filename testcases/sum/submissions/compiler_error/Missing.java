public class Missing {
    public static void main(String[] args) {
        int sum = "none";
        System.out.println(sum)
    }
}
