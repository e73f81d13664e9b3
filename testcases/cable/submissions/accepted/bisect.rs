use std::io::{self, Read};

fn sag(d: f64, length: f64) -> f64 {
    let (mut low, mut high) = (1e-3_f64, 6.0_f64);
    for _ in 0..80 {
        let u = (low + high) / 2.0;
        if u.sinh() / u < length / d {
            low = u;
        } else {
            high = u;
        }
    }
    d / 1000.0 * (low.cosh() - 1.0) / (2.0 * low)
}

fn main() {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).unwrap();
    let numbers: Vec<f64> = text
        .split_whitespace()
        .skip(1)
        .map(|token| token.parse().unwrap())
        .collect();
    for cable in numbers.chunks(2) {
        println!("{}", sag(cable[0], cable[1]));
    }
}
