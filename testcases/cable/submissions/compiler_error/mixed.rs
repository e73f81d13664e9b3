fn main() {
    let d: i32 = 1000;
    let sag: f64 = d / 2.0;
    println!("{}", sag);
}
