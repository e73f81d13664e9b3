fn main() {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    // The line still ends in a newline, which is no part of a number.
    let n: usize = line.parse().unwrap();
    println!("{}", n);
}
