use std::io::{self, Read};

fn main() {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).unwrap();
    let mut slips: Vec<i32> = text.lines().skip(1).map(|line| line.parse().unwrap()).collect();
    slips.sort_unstable();
    println!("{}", slips.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap());
}
