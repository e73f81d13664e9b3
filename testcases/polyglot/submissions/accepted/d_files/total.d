module total;

long add(long[] numbers)
{
    long sum = 0;
    foreach (x; numbers)
        sum += x;
    return sum;
}
