//! OTP's own test suites, on a simulated node in virtual time.
//!
//! `tests/suites/build FOLDER` compiles them from Debian's source package; then
//! `cargo run --release --example suites -- FOLDER` runs them and compares what came of each case with
//! `tests/suites/table.tsv`: a case that passed there may not fail.

mod command;
mod node;
mod reach;
mod table;

use std::process::ExitCode;

use clap::Parser;
use command::Arguments;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let ran = match &arguments.only_suite {
        Some(suite) => node::run(&arguments, suite).map(|()| true),
        None => command::run(&arguments),
    };
    match ran {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::from(64)
        }
    }
}
