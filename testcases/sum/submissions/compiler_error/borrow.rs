fn main() {
    let words = vec![String::from("sum")];
    let moved = words;
    println!("{} {}", words.len(), moved.len());
}
