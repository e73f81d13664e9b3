// In place of the one in default.
constexpr long long modulus = {{modulus}};
