fn longest() -> &i32 {
    let gap = 70;
    &gap
}

fn main() {
    println!("{}", longest());
}
