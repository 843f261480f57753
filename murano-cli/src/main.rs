//! The murano command.
fn main() {}
