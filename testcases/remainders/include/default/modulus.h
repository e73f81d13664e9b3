/* For C; C++ has another. */
#define MODULUS {{modulus}}LL
