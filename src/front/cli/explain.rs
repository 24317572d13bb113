//! `nodedown explain`: why a run went as it did, and what a word means.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::files::is_standard;
use super::input::Input;
use super::nearby::{self, found};
use super::numbers::parse_seed;
use super::{Ending, Failure, terminal};
use crate::engine::trace::Detail;
use crate::front::report;
use crate::glossary::{self, GlossaryEntry};
use crate::scenario::services::Programs;
use crate::scenario::simulation::Simulation;
use crate::verdict::check;
use crate::verdict::explain;

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  nodedown explain scenarios/chat-failover.json
  nodedown explain seen.json                  # a record of a run
  nodedown explain net tick                   # a word")]
pub(super) struct ExplainArguments {
    /// Scenario file, or the record of a run; or a word of the output, such as `masking`
    #[arg(value_name = "FILE|WORD", required_unless_present = "words")]
    what: Vec<OsString>,
    /// Seed of all random choices [default: the scenario's]
    #[arg(long, value_name = "N", value_parser = parse_seed, allow_negative_numbers = true)]
    seed: Option<u64>,
    /// List the words that can be explained
    #[arg(long, conflicts_with_all = ["what", "seed"])]
    words: bool,
}

/// The subject of an explanation.
enum Subject {
    Run(PathBuf),
    Word(&'static GlossaryEntry),
}

impl ExplainArguments {
    fn text(&self) -> String {
        let parts = self.what.iter().map(|part| part.to_string_lossy());
        parts.collect::<Vec<_>>().join(" ")
    }

    /// A file that is there is a file, and a word of the glossary a word, even if there is
    /// a scenario of that name among those that are found by their name alone.
    fn subject(&self) -> Result<Subject, Failure> {
        let text = self.text();
        let [path] = self.what.as_slice() else {
            let entry = glossary::entry(&text).map(Subject::Word);
            return entry.ok_or_else(|| self.several());
        };
        let path = PathBuf::from(path);
        if is_standard(&path) || path.exists() {
            return Ok(Subject::Run(found(path)));
        }
        if let Some(entry) = glossary::entry(&text) {
            return Ok(Subject::Word(entry));
        }
        let there = found(path.clone());
        let looks_like_a_path = text.contains(['/', '\\', '.']);
        if there != path || looks_like_a_path {
            return Ok(Subject::Run(there));
        }
        Err(neither(&path, &text))
    }

    /// The failure for several arguments that are not a word together.
    fn several(&self) -> Failure {
        let text = self.text();
        let word = glossary::meant(&text).map(|word| format!("; did you mean the word `{word}`?"));
        Failure::Usage(vec![format!(
            "`{text}` is not a known word, and only one file is explained at a time{}",
            word.unwrap_or_default()
        )])
    }
}

/// The failure for a name that is neither a file nor a word.
fn neither(path: &Path, text: &str) -> Failure {
    let file = nearby::hint(path, std::io::ErrorKind::NotFound);
    let word = glossary::meant(text).map(|word| format!("did you mean the word `{word}`?"));
    let hint = word.or(file).unwrap_or_else(|| "`nodedown explain --words` lists the words".into());
    Failure::Neither { text: text.to_owned(), hint }
}

/// Explains a run or a word. It succeeds whatever the verdict is.
pub(super) fn explain(
    programs: &Programs,
    arguments: &ExplainArguments,
) -> Result<Ending, Failure> {
    if arguments.words {
        return list();
    }
    match arguments.subject()? {
        Subject::Word(entry) => explain_word(entry),
        Subject::Run(file) => explain_runs(programs, &file, arguments.seed),
    }
}

fn list() -> Result<Ending, Failure> {
    let mut out = terminal::out();
    for entry in glossary::entries() {
        writeln!(out, "{}: {}", entry.word, entry.text)?;
    }
    Ok(Ending::Pass)
}

fn explain_word(entry: &GlossaryEntry) -> Result<Ending, Failure> {
    let mut out = terminal::out();
    let title = terminal::styles().title;
    writeln!(out, "{title}{}{title:#}: {}", entry.word, entry.text)?;
    let scenario = found(entry.word.into());
    if scenario != Path::new(entry.word) {
        writeln!(out, "for the scenario of that name: nodedown explain {}", scenario.display())?;
    }
    Ok(Ending::Pass)
}

fn explain_runs(programs: &Programs, file: &Path, seed: Option<u64>) -> Result<Ending, Failure> {
    let (scenario, origin) = Input::read(file, programs)?.into_scenario();
    let styles = terminal::styles();
    let mut out = terminal::out();
    for plan in scenario.plans(seed.unwrap_or(scenario.seed)) {
        let run = Simulation::new(plan, programs).detail(Detail::Full).with_twin().run();
        origin.warn_of_difference(&run)?;
        let verdict = check(&run);
        write!(out, "{}", report::heading_text(&run, &styles))?;
        let explanation = explain::explain(&run, &verdict);
        let text = report::explanation_text(&explanation, &styles);
        writeln!(out, "{text}")?;
        write!(out, "{}", terminal::words_line(&text))?;
    }
    Ok(Ending::Pass)
}
