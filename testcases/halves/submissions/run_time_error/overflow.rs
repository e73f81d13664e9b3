// Subtracts more than there is, and insists that it went well.
use std::io;

fn main() {
    let mut line = String::new();
    io::stdin().read_line(&mut line).unwrap();
    let n: u32 = line.trim().parse().unwrap();
    let all = n * (n + 1) / 2;
    let second_basket = (all / 2).checked_sub(all).expect("a weight");
    println!("yes\n{}", second_basket);
}
