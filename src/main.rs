//! The `nodedown` command.

use std::process::ExitCode;

use mimalloc::MiMalloc;
use nodedown::services::Programs;

/// Services allocate a lot for what they send; with this a run takes two thirds of the time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    nodedown::cli::main(&Programs::builtin())
}
