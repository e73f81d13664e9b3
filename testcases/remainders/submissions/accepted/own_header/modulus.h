/* The package's file of this name takes its place. */
#define MODULUS 7LL
