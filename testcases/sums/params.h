#define N_MAX (long long)5000
#define A_MAX (long long)1000000000
