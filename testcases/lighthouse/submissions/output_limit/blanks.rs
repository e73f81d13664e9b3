// A blank line for every second of a long wait. White space is no wrong answer, but it
// counts.
use std::io::{self, Read, Write};

fn main() {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).unwrap();
    let mut slips: Vec<usize> = text.lines().skip(1).map(|line| line.parse().unwrap()).collect();
    slips.sort_unstable();
    let longest = slips.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
    io::stdout().write_all("\n".repeat(longest).as_bytes()).unwrap();
    println!("{}", longest);
}
