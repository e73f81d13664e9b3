// The right list, and one stop more.
use std::io;

fn main() {
    let mut line = String::new();
    io::stdin().read_line(&mut line).unwrap();
    let n: usize = line.trim().parse().unwrap();
    for i in 0..n {
        println!("{}", if i % 2 == 0 { 1 + i / 2 } else { n - i / 2 });
    }
    println!("1");
}
