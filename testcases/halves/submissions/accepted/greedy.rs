use std::io;

fn main() {
    let mut line = String::new();
    io::stdin().read_line(&mut line).unwrap();
    let n: u64 = line.trim().parse().unwrap();
    let all = n * (n + 1) / 2;
    if all % 2 == 1 {
        println!("no");
        return;
    }
    let mut left = all / 2;
    let mut basket = Vec::new();
    for stone in (1..=n).rev() {
        if stone <= left {
            basket.push(stone.to_string());
            left -= stone;
        }
    }
    println!("yes\n{}\n{}", basket.len(), basket.join(" "));
}
