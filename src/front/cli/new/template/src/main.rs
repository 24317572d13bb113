//! The command line of nodedown, with this crate's programs in it.

use std::process::ExitCode;

fn main() -> ExitCode {
    nodedown::cli::main(&{crate}::programs())
}
