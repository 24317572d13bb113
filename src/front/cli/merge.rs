//! `nodedown merge`: the results of several machines, put together.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::files::read_text;
use super::many::{DeliveryArguments, LookAgain, ending};
use super::{Ending, Failure, sweep, terminal};
use crate::explore::{self, BatchKind, Results};
use crate::front::report;

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  nodedown sweep chaos --seeds 1..1000 --shard 1/2 --out part-1.json
  nodedown sweep chaos --seeds 1..1000 --shard 2/2 --out part-2.json
  nodedown merge part-1.json part-2.json --junit junit.xml")]
pub(super) struct MergeArguments {
    /// Files that `nodedown sweep --out` or `nodedown test --out` wrote, one for each shard
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    delivery: DeliveryArguments,
    /// Print only the failures and the verdict
    #[arg(long, short, conflicts_with = "json", help_heading = "Output")]
    quiet: bool,
    /// List what no run has tested: kinds of faults, nodes lost, states
    #[arg(long, conflicts_with_all = ["json", "quiet"], help_heading = "Output")]
    coverage: bool,
}

pub(super) fn merge(arguments: &MergeArguments) -> Result<Ending, Failure> {
    let (mut parts, mut failures) = (Vec::new(), Vec::new());
    for file in &arguments.files {
        match read(file) {
            Ok(part) => parts.push(part),
            Err(failure) => failures.push(failure),
        }
    }
    if !failures.is_empty() {
        return Err(Failure::Several(failures));
    }
    let merged = explore::merge(parts)
        .map_err(|errors| Failure::Usage(errors.iter().map(ToString::to_string).collect()))?;
    let delivery = arguments.delivery.prepare(&arguments.files)?;
    let mut out = delivery.people();
    if delivery.deliver(&merged, &LookAgain::default())? {
        match merged.kind {
            BatchKind::Sweep => {
                let detail = sweep::Detail::asked(arguments.quiet, arguments.coverage);
                sweep::print(&mut out, &merged, detail, None)?;
            }
            BatchKind::Test => {
                write!(out, "{}", report::suite_text(&merged, &terminal::styles()))?;
                write!(out, "{}", report::extent_text(&merged))?;
            }
        }
    }
    Ok(ending(&merged))
}

/// The results in a file.
fn read(file: &Path) -> Result<(String, Results), Failure> {
    let (text, name) = (read_text(file)?, file.display().to_string());
    let results = report::read_results(&text, &name);
    results.map(|results| (name, results)).map_err(|mistake| Failure::Mistakes(vec![mistake]))
}
