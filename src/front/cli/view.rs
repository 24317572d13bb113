//! `nodedown view`: a page that shows a run.

use std::env;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use super::diff::is_trace;
use super::files::{Outputs, is_standard, open};
use super::input::Input;
use super::nearby::scenario_path;
use super::numbers::parse_seed;
use super::{Ending, Failure};
use crate::engine::time::{Time, parse_duration};
use crate::engine::trace::Detail;
use crate::explore::command_for;
use crate::front::report::{self, StoryLine, Tone};
use crate::scenario::services::Programs;
use crate::scenario::simulation::{Run, Simulation};
use crate::verdict::explain::explain;
use crate::verdict::{Verdict, check};
use crate::view::{Page, PageLimits, Picture, StoryEntry, Subject, UnreadableTrace, page};

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  nodedown view scenarios/chat-failover.json        # chat-failover-7.html
  nodedown view partition --seed 3 --out seen.html  # another seed, to a file
  nodedown view seen.jsonl                          # a trace of `run --trace`")]
pub(super) struct ViewArguments {
    /// Scenario file (which is run), the record of a run, or a trace
    #[arg(value_parser = scenario_path())]
    file: PathBuf,
    /// Seed of all random choices [default: the scenario's]
    #[arg(long, value_name = "N", value_parser = parse_seed, allow_negative_numbers = true)]
    seed: Option<u64>,
    /// File of the page [default: the name of FILE and the seed]
    ///
    /// A scenario with several transports runs once with each, and makes a page for each:
    /// `page.html`, `page-2.html`. `-` is standard output.
    #[arg(long, value_name = "PAGE")]
    out: Option<PathBuf>,
    /// Show single messages from this time on only, such as `19.5s`
    #[arg(long, value_name = "TIME", value_parser = parse_duration, default_value = "0s")]
    from: Duration,
    /// Show single messages up to this time only
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    to: Option<Duration>,
    /// Cut messages and other texts after N characters [default: no more than is needed]
    #[arg(long, value_name = "N")]
    terms: Option<usize>,
    /// Largest size of a page, such as `20MiB`
    ///
    /// A page that would be larger has its longest texts cut, then records far from faults left out;
    /// it says so.
    #[arg(long, value_name = "SIZE", value_parser = parse_size, default_value = "8MiB")]
    max_size: usize,
}

impl ViewArguments {
    fn limits(&self) -> PageLimits {
        PageLimits {
            bytes: self.max_size,
            longest: self.terms,
            from: Time::ZERO + self.from,
            to: self.to.map_or(Time::MAX, |to| Time::ZERO + to),
        }
    }

    /// The file of the page where none is named.
    fn default_file(&self, seed: Option<u64>) -> PathBuf {
        let stem = self.file.file_stem().filter(|_| !is_standard(&self.file));
        let stem = stem.map_or("run".into(), |stem| stem.to_string_lossy());
        let seed = seed.map_or_else(String::new, |seed| format!("-{seed}"));
        format!("{stem}{seed}.html").into()
    }
}

/// A number of bytes, such as `20MiB`.
fn parse_size(text: &str) -> Result<usize, String> {
    let units = [("KiB", 10), ("MiB", 20), ("GiB", 30)];
    let found = units.iter().find_map(|(unit, bits)| Some((text.strip_suffix(unit)?, *bits)));
    let (digits, bits) = found.unwrap_or((text, 0));
    let number: Option<usize> = digits.trim().parse().ok();
    let bytes = number.and_then(|number| number.checked_mul(1 << bits)).filter(|bytes| *bytes > 0);
    bytes.ok_or_else(|| "write a whole number of `KiB`, `MiB` or `GiB`, such as `20MiB`".to_owned())
}

/// Showing is no judging: it succeeds whatever the verdict is.
pub(super) fn view(programs: &Programs, arguments: &ViewArguments) -> Result<Ending, Failure> {
    if is_trace(&arguments.file)? { view_trace(arguments) } else { view_runs(programs, arguments) }
}

fn view_trace(arguments: &ViewArguments) -> Result<Ending, Failure> {
    let path = &arguments.file;
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let picture = Picture::of_trace(&name, open(path)?).map_err(|error| match error {
        UnreadableTrace::Read(error) => Failure::Read { path: path.clone(), error },
        error @ (UnreadableTrace::Line(_) | UnreadableTrace::Empty) => {
            Failure::View { path: path.clone(), error }
        }
    })?;
    let file = arguments.out.clone().unwrap_or_else(|| arguments.default_file(None));
    let page = page(&picture, &arguments.limits()).map_err(Failure::TooLarge)?;
    write_pages(arguments, &file, vec![page])
}

fn view_runs(programs: &Programs, arguments: &ViewArguments) -> Result<Ending, Failure> {
    let (scenario, origin) = Input::read(&arguments.file, programs)?.into_scenario();
    let seed = arguments.seed.unwrap_or(scenario.seed);
    let mut pages = Vec::new();
    for plan in scenario.plans(seed) {
        let run = Simulation::new(plan, programs).detail(Detail::Full).with_twin().run();
        origin.warn_of_difference(&run)?;
        let picture = picture(
            &run,
            &check(&run),
            command_for("view", &arguments.file.display().to_string(), seed),
        );
        pages.push(page(&picture, &arguments.limits()).map_err(Failure::TooLarge)?);
    }
    let file = arguments.out.clone().unwrap_or_else(|| arguments.default_file(Some(seed)));
    write_pages(arguments, &file, pages)
}

/// The picture of a run with its verdict, its explanation and its story.
fn picture(run: &Run, verdict: &Verdict, command: String) -> Picture {
    let explanation = explain(run, verdict);
    let story = report::story(run).iter().map(entry).collect();
    Picture::of_run(Subject { run, verdict, explanation: &explanation, story, command })
}

fn entry(line: &StoryLine) -> StoryEntry {
    let tone = match line.tone {
        Tone::Plain => "plain",
        Tone::Bad => "bad",
        Tone::Good => "good",
        Tone::Doubtful => "doubtful",
    };
    let (who, what) = (line.who.clone(), line.what.clone());
    StoryEntry { record: line.record().map(|record| record.0), at: line.at, who, what, tone }
}

/// Writes the pages, and says where they are.
fn write_pages(
    arguments: &ViewArguments,
    path: &Path,
    pages: Vec<Page>,
) -> Result<Ending, Failure> {
    let mut outputs = Outputs::beside(&[&arguments.file]);
    let files = outputs.open_for_each("--out", Some(path), pages.len())?;
    for (file, page) in files.into_iter().zip(pages) {
        for note in &page.left_out {
            writeln!(anstream::stderr(), "note: {note}")?;
        }
        let written = file.path().map(Path::to_owned);
        file.write(|out| out.write_all(page.html.as_bytes()))?;
        if let Some(written) = written {
            writeln!(outputs.people(), "{}", place_text(&written))?;
        }
    }
    Ok(Ending::Pass)
}

/// A file, and what to give to a browser to see it.
fn place_text(path: &Path) -> String {
    let whole = env::current_dir().map_or_else(|_| path.to_owned(), |folder| folder.join(path));
    let safe: String = whole.display().to_string().replace('%', "%25").replace(' ', "%20");
    format!("{}  file://{safe}", path.display())
}
