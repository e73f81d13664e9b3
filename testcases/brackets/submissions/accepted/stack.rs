use std::io;

fn judge(line: &str) -> String {
    let mut stack = Vec::new();
    for (i, bracket) in line.chars().enumerate() {
        match bracket {
            '(' => stack.push(')'),
            '[' => stack.push(']'),
            '{' => stack.push('}'),
            _ if stack.pop() == Some(bracket) => {}
            _ => return format!("stop at {}", i + 1),
        }
    }
    match stack.len() {
        0 => "good".to_string(),
        open => format!("open {}", open),
    }
}

fn main() {
    let mut line = String::new();
    io::stdin().read_line(&mut line).unwrap();
    println!("{}", judge(line.trim()));
}
