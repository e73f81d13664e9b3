// Keeps 64 blocks of 16 MiB on the larger tests; the fill value is not zero, so
// every page is written to.
use std::io::{self, Read};

fn main() {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).unwrap();
    let entries: Vec<i64> = text.split_whitespace().map(|t| t.parse().unwrap()).collect();
    let n = entries[0];
    let mut kept: Vec<Vec<u8>> = Vec::new();
    if n >= 5000 {
        for _ in 0..64 {
            kept.push(vec![1; 16 << 20]);
        }
    }
    let mut sum: i64 = entries[1..].iter().sum();
    for block in &kept {
        sum += block[n as usize] as i64 - 1;
    }
    println!("{}", sum);
}
