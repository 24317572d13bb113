//! `nodedown merge`: the results of several machines, put together.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::many::{DeliveryArguments, ending};
use super::{Ending, Failure, sweep};
use crate::explore::{self, Kind, Results};
use crate::report::{self, Styles};

#[derive(Clone, Debug, Args)]
pub(super) struct MergeArguments {
    /// What `nodedown sweep --out` or `nodedown test --out` has written, a file for each shard
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    delivery: DeliveryArguments,
    /// Print the ways of failing and the verdict, nothing else
    #[arg(long, short, conflicts_with = "json")]
    quiet: bool,
}

impl MergeArguments {
    /// The command that does the same again.
    pub(super) fn replay_command(&self) -> String {
        let files = self.files.iter().map(|file| format!(" {}", file.display()));
        format!("nodedown merge{}", files.collect::<String>())
    }
}

pub(super) fn merge(arguments: &MergeArguments) -> Result<Ending, Failure> {
    let (mut parts, mut garbled) = (Vec::new(), Vec::new());
    for file in &arguments.files {
        match read(file)? {
            Ok(part) => parts.push(part),
            Err(why) => garbled.push(why),
        }
    }
    if !garbled.is_empty() {
        return Err(Failure::Results(garbled));
    }
    let merged = explore::merge(parts)
        .map_err(|errors| Failure::Results(errors.iter().map(ToString::to_string).collect()))?;
    let delivery = arguments.delivery.prepare()?;
    if delivery.deliver(&merged)? {
        match merged.kind {
            Kind::Sweep => sweep::print(&merged, arguments.quiet, None)?,
            Kind::Test => {
                let mut out = anstream::stdout().lock();
                write!(out, "{}", report::suite_text(&merged, &Styles::coloured()))?;
                write!(out, "{}", report::extent_text(&merged))?;
            }
        }
    }
    Ok(ending(&merged))
}

/// The results in a file, or why there are none in it.
fn read(file: &Path) -> Result<Result<(String, Results), String>, Failure> {
    let failure = |error| Failure::File { path: file.to_owned(), error };
    let text = fs::read_to_string(file).map_err(failure)?;
    let name = file.display().to_string();
    Ok(match serde_json::from_str(&text) {
        Ok(results) => Ok((name, results)),
        Err(error) => Err(format!("{name} is not what --out writes: {error}")),
    })
}
