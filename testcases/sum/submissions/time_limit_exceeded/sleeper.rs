// Uses no CPU time, but is still not ready when the wall clock runs out.
use std::io::{self, Read};
use std::{thread, time::Duration};

fn main() {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).unwrap();
    let entries: Vec<i64> = text.split_whitespace().map(|t| t.parse().unwrap()).collect();
    if entries[0] == 100000 {
        thread::sleep(Duration::from_secs(60));
    }
    println!("{}", entries[1..].iter().sum::<i64>());
}
