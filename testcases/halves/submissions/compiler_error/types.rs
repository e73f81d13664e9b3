fn half(n: u32) -> u32 {
    n * (n + 1) / 4;
}

fn main() {
    println!("{}", half(4));
}
