use std::io::{self, Write};

fn main() -> io::Result<()> {
    let block = "0\n".repeat(32768);
    for _ in 0..1024 {
        io::stdout().write_all(block.as_bytes())?;
    }
    Ok(())
}
