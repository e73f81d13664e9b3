static class Total {
    public static int Of(int[] numbers) {
        int sum = 0;
        foreach (int x in numbers) sum += x;
        return sum;
    }
}
