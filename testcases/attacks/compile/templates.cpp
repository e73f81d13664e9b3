template <int N, int M> struct T { typedef typename T<N - 1, M>::type a; typedef typename T<N - 1, M + (1 << N)>::type b; typedef int type; };
template <int M> struct T<0, M> { typedef int type; };
int main() { T<28, 0>::type x = 0; return x; }
