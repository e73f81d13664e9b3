// Sums in 32 bits and wraps around.
use std::io::{self, Read};

fn main() {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).unwrap();
    let mut sum: i32 = 0;
    for entry in text.split_whitespace().skip(1) {
        sum = sum.wrapping_add(entry.parse().unwrap());
    }
    println!("{}", sum);
}
