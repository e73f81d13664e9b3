const S: &str = include_str!("@ANSWER@");
fn main() { print!("{}", S); }
