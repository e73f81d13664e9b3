// Numbers that no integer type of a validator holds.
fn main() {
    println!("yes\n2\n{} -{}", "9".repeat(5000), "8".repeat(5000));
}
