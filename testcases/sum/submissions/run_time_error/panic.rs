use std::io::{self, Read};

fn main() {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).unwrap();
    // The whole text is no number.
    println!("{}", text.parse::<i64>().unwrap());
}
