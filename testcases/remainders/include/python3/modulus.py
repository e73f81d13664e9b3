MODULUS = {{modulus.value}}
