mod months;

use std::io;

fn main() {
    let mut line = String::new();
    io::stdin().read_line(&mut line).unwrap();
    let numbers: Vec<u32> = line.split_whitespace().map(|word| word.parse().unwrap()).collect();
    let (year, mut day, mut month) = (numbers[0], numbers[1], 1);
    while day > months::days_in(month, year) {
        day -= months::days_in(month, year);
        month += 1;
    }
    println!("{:04}-{:02}-{:02}", year, month, day);
}
