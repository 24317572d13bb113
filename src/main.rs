//! The `nodedown` command.

fn main() {}
