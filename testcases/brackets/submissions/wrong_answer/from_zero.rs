// Counts positions from zero.
use std::io;

fn main() {
    let mut line = String::new();
    io::stdin().read_line(&mut line).unwrap();
    let mut stack = Vec::new();
    for (i, bracket) in line.trim().chars().enumerate() {
        match bracket {
            '(' => stack.push(')'),
            '[' => stack.push(']'),
            '{' => stack.push('}'),
            _ if stack.pop() == Some(bracket) => {}
            _ => {
                println!("stop at {}", i);
                return;
            }
        }
    }
    match stack.len() {
        0 => println!("good"),
        open => println!("open {}", open),
    }
}
