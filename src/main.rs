//! The `nodedown` command.

use std::process::ExitCode;

use nodedown::services::Programs;

fn main() -> ExitCode {
    nodedown::cli::main(&Programs::builtin())
}
