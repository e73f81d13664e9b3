public class Threads {
    public static void main(String[] args) throws Exception {
        Thread[] all = new Thread[40];
        for (int i = 0; i < all.length; i++) {
            all[i] = new Thread(() -> { try { Thread.sleep(20); } catch (InterruptedException e) { } });
            all[i].start();
        }
        for (Thread t : all) t.join();
        System.out.println("safe");
    }
}
