//! `nodedown view`: a page that shows a run, two runs, or the results of many.

use std::env;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use clap::Args;

use super::diff::is_trace;
use super::files::{Outputs, is_standard, open, read_text};
use super::input::Input;
use super::nearby::scenario_path;
use super::numbers::parse_seed;
use super::{Ending, Failure};
use crate::engine::time::{Time, format_duration, parse_duration};
use crate::engine::trace::Detail;
use crate::explore::command_for;
use crate::front::report::{self, StoryLine, Styles, Tone};
use crate::scenario::services::Programs;
use crate::scenario::simulation::{Run, Simulation};
use crate::shell::{Session, Transcript};
use crate::verdict::explain::explain;
use crate::verdict::record::Record;
use crate::verdict::{Verdict, check};
use crate::view::{
    ExportFormat, ExportScope, Focus, Opening, Page, PageLimits, Picture, StoryEntry, Subject,
    UnreadableTrace, charts, export, page, page_of_two,
};

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  nodedown view scenarios/chat-failover.json        # chat-failover-7.html
  nodedown view partition --seed 3 --out seen.html  # another seed, to a file
  nodedown view async-replication sync-replication  # two runs
  nodedown view seen.jsonl                          # a trace of `run --trace`")]
pub(super) struct ViewArguments {
    /// Scenario file (which is run), the record of a run, or a trace; a second one is shown below it
    ///
    /// Also a transcript of the shell, the results of `sweep --out`, and what `prove --json` prints.
    #[arg(value_name = "FILE", required = true, num_args = 1..=2, value_parser = scenario_path())]
    files: Vec<PathBuf>,
    /// Seed of all random choices [default: the scenario's]
    #[arg(long, value_name = "N", value_parser = parse_seed, allow_negative_numbers = true)]
    seed: Option<u64>,
    /// File of the page [default: the name of FILE and the seed]
    ///
    /// A scenario with several transports runs once with each, and makes a page for each:
    /// `page.html`, `page-2.html`. `-` is standard output.
    #[arg(long, value_name = "PAGE")]
    out: Option<PathBuf>,
    /// Write a picture as SVG to a file as well, for papers and slides
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Open the page in the browser: `$BROWSER`, or the default of the desktop
    #[arg(long)]
    open: bool,
    /// Show single messages from this time on only, such as `19.5s`
    #[arg(long, value_name = "TIME", value_parser = parse_duration, default_value = "0s", help_heading = "View")]
    from: Duration,
    /// Show single messages up to this time only
    #[arg(long, value_name = "TIME", value_parser = parse_duration, help_heading = "View")]
    to: Option<Duration>,
    /// Look at an operation (its number), a fault (`fault/0`) or a record (`record/14193`) at first
    #[arg(long, value_name = "WHAT", help_heading = "View")]
    focus: Option<Focus>,
    /// Hide everything after this time until the reader has said what will happen
    #[arg(long, value_name = "TIME", value_parser = parse_duration, help_heading = "View")]
    curtain: Option<Duration>,
    /// Show the states of servers too, as far as they can be seen
    #[arg(long, help_heading = "View")]
    states: bool,
    /// Show more (up to 100) or less (down to 0) one by one
    #[arg(long, value_name = "0..100", value_parser = clap::value_parser!(u8).range(0..=100), help_heading = "View")]
    detail: Option<u8>,
    /// Leave the run without faults out, which stands below the run otherwise
    #[arg(long, help_heading = "View")]
    no_twin: bool,
    /// Cut messages and other texts after N characters [default: no more than is needed]
    #[arg(long, value_name = "N", help_heading = "View")]
    terms: Option<usize>,
    /// Largest size of a page, such as `20MiB`
    ///
    /// A page that would be larger has its longest texts cut, then the run below left out, then
    /// records far from faults; it says so.
    #[arg(long, value_name = "SIZE", value_parser = parse_size, default_value = "8MiB", help_heading = "View")]
    max_size: usize,
}

/// A picture, and the one that is shown below it.
type Shown = (Picture, Option<Picture>);

impl ViewArguments {
    fn limits(&self) -> PageLimits {
        PageLimits {
            bytes: self.max_size,
            longest: self.terms,
            from: Time::ZERO + self.from,
            to: self.to.map_or(Time::MAX, |to| Time::ZERO + to),
        }
    }

    /// Charts of many runs have nothing that these options speak of.
    fn refuse_run_options(&self, file: &Path) -> Result<(), Failure> {
        let given = [
            ("--svg", self.svg.is_some()),
            ("--focus", self.focus.is_some()),
            ("--curtain", self.curtain.is_some()),
            ("--states", self.states),
            ("--detail", self.detail.is_some()),
        ];
        match given.into_iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) => Err(Failure::Usage(vec![format!(
                "{option} is for one run: {} has the results of many, which are shown as charts",
                file.display()
            )])),
            None => Ok(()),
        }
    }

    fn opening(&self) -> Opening {
        let curtain = self.curtain.map(|time| Time::ZERO + time);
        Opening { focus: self.focus, curtain, detail: self.detail }
    }

    /// The file of the page where none is named.
    fn default_file(&self, seed: Option<u64>) -> PathBuf {
        let stems = self.files.iter().filter(|file| !is_standard(file)).map(|file| stem(file));
        let stems: Vec<String> = stems.collect();
        let stem = if stems.is_empty() { "run".to_owned() } else { stems.join("-") };
        let seed = seed.map_or_else(String::new, |seed| format!("-{seed}"));
        format!("{stem}{seed}.html").into()
    }
}

/// Refuses a window that ends before it begins.
pub(super) fn check_window(from: Duration, to: Option<Duration>) -> Result<(), Failure> {
    match to.filter(|to| *to < from) {
        Some(to) => Err(Failure::Usage(vec![format!(
            "--from {} is later than --to {}",
            format_duration(from),
            format_duration(to)
        )])),
        None => Ok(()),
    }
}

/// The name of a file without its ending.
pub(super) fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
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
    check_window(arguments.from, arguments.to)?;
    if let [file] = arguments.files.as_slice()
        && !is_transcript(file)
        && !is_trace(file)?
        && let Some(chart) = chart_page(file)?
    {
        arguments.refuse_run_options(file)?;
        let file = arguments.out.clone().unwrap_or_else(|| arguments.default_file(None));
        return write_pages(arguments, &file, vec![chart], &[]);
    }
    let (seed, shown) = match arguments.files.as_slice() {
        [file] if is_transcript(file) => (None, vec![(transcript_picture(arguments, file)?, None)]),
        [file] if is_trace(file)? => (None, vec![(trace_picture(file)?, None)]),
        [file] => runs(programs, arguments, file)?,
        files => (None, vec![two(programs, arguments, [&files[0], &files[1]])?]),
    };
    let opened = shown.into_iter().map(|(picture, other)| {
        let picture = picture.opening(arguments.opening());
        picture
            .map(|picture| (picture, other))
            .map_err(|error| Failure::Usage(vec![error.to_string()]))
    });
    let shown: Vec<Shown> = opened.collect::<Result<_, Failure>>()?;
    let limits = arguments.limits();
    let pages = shown.iter().map(|(picture, other)| match other {
        Some(other) => page_of_two(picture, other, &limits).map_err(Failure::TooLarge),
        None => page(picture, &limits).map_err(Failure::TooLarge),
    });
    let pages: Vec<Page> = pages.collect::<Result<_, Failure>>()?;
    let file = arguments.out.clone().unwrap_or_else(|| arguments.default_file(seed));
    write_pages(arguments, &file, pages, &shown)
}

/// True if a file is a transcript of the shell.
fn is_transcript(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "transcript")
}

/// The picture of a transcript, which is played once more.
fn transcript_picture(arguments: &ViewArguments, path: &Path) -> Result<Picture, Failure> {
    let transcript = Transcript::parse(path, &read_text(path)?)?;
    let mut session = transcript.session(arguments.seed.unwrap_or(1));
    for command in transcript.commands() {
        // Whether they are commands was looked at when they were read.
        let _ = session.answer(command);
    }
    Ok(session_picture(&transcript_name(path), &session))
}

/// The name of a transcript: that of its file, or of its folder where it is the transcript of a lesson.
fn transcript_name(path: &Path) -> String {
    let folder = path.parent().and_then(Path::file_name).filter(|_| stem(path) == "lesson");
    folder.map_or_else(|| stem(path), |name| name.to_string_lossy().into_owned())
}

/// The picture of a session of the shell, with its commands as its story.
pub(super) fn session_picture(name: &str, session: &Session) -> Picture {
    let trace = session.trace();
    let story = session.commands().iter().map(|command| StoryEntry {
        record: Some(command.records as u32 + 1)
            .filter(|record| *record as usize <= trace.records().len()),
        at: command.at,
        who: ">".to_owned(),
        what: command.line.clone(),
        tone: "plain",
    });
    Picture::of_session(name, &trace, story.collect())
}

/// The page of the results of many runs; `None` if a file holds something else.
fn chart_page(path: &Path) -> Result<Option<Page>, Failure> {
    let text = read_text(path)?;
    let html = charts(&text)
        .map_err(|error| Failure::Usage(vec![format!("{}: {error}", path.display())]))?;
    Ok(html.map(|html| Page { html, left_out: Vec::new(), has_beside: false }))
}

/// The picture of a trace file.
pub(super) fn trace_picture(path: &Path) -> Result<Picture, Failure> {
    Picture::of_trace(&stem(path), open(path)?).map_err(|error| match error {
        UnreadableTrace::Read(error) => Failure::Read { path: path.to_owned(), error },
        error @ (UnreadableTrace::Line(_) | UnreadableTrace::Empty) => {
            Failure::View { path: path.to_owned(), error }
        }
    })
}

/// The runs of a scenario or a record, each with the same run without faults.
fn runs(
    programs: &Programs,
    arguments: &ViewArguments,
    file: &Path,
) -> Result<(Option<u64>, Vec<Shown>), Failure> {
    let (scenario, origin) = Input::read(file, programs)?.into_scenario();
    let seed = arguments.seed.unwrap_or(scenario.seed);
    let command = command_for("view", &file.display().to_string(), seed);
    let mut shown = Vec::new();
    for plan in scenario.plans(seed) {
        let detail = if arguments.states { Detail::States } else { Detail::Full };
        let simulation = Simulation::new(plan, programs).detail(detail).with_record_steps();
        let simulation =
            if arguments.no_twin { simulation.with_twin() } else { simulation.with_full_twin() };
        let run = simulation.run();
        origin.warn_of_difference(&run)?;
        let verdict = check(&run);
        shown.push(if arguments.no_twin {
            (picture_of_run(programs, &run, &verdict, command.clone()), None)
        } else {
            picture_of(programs, &run, &verdict, command.clone())
        });
    }
    Ok((Some(seed), shown))
}

/// Two runs, one below the other.
fn two(
    programs: &Programs,
    arguments: &ViewArguments,
    files: [&Path; 2],
) -> Result<Shown, Failure> {
    let [one, other] = files.map(|file| side(programs, arguments, file));
    let ((one, record), (other, other_record)) = (one?, other?);
    let picture = one.beside(&stem(files[1]), &other);
    let difference = record.zip(other_record).and_then(|(one, other)| one.difference(&other));
    let names = files.map(|path| path.display().to_string());
    let names = names.each_ref().map(String::as_str);
    let picture = match difference {
        Some(difference) => {
            let text = report::difference_text(&difference, names, &Styles::plain());
            picture.with_differences(text)
        }
        None => picture,
    };
    Ok((picture, Some(other)))
}

/// One of two runs that are shown together; a trace has no record.
fn side(
    programs: &Programs,
    arguments: &ViewArguments,
    file: &Path,
) -> Result<(Picture, Option<Record>), Failure> {
    if is_trace(file)? {
        return Ok((trace_picture(file)?, None));
    }
    let (scenario, origin) = Input::read(file, programs)?.into_scenario();
    let plan = scenario.plan(arguments.seed.unwrap_or(scenario.seed));
    let command = command_for("view", &file.display().to_string(), plan.seed);
    let detail = if arguments.states { Detail::States } else { Detail::Full };
    let run = Simulation::new(plan, programs).detail(detail).with_record_steps().run();
    origin.warn_of_difference(&run)?;
    let verdict = check(&run);
    let record = Record::of(&run, &verdict);
    Ok((picture_of_run(programs, &run, &verdict, command), Some(record)))
}

/// The picture of a run with its verdict, its explanation and its story.
pub(super) fn picture_of_run(
    programs: &Programs,
    run: &Run,
    verdict: &Verdict,
    command: String,
) -> Picture {
    let explanation = explain(run, verdict);
    let story = report::story(run).iter().map(entry).collect();
    let scenario = run.plan.to_scenario().to_json(&programs.catalogue()).unwrap_or_default();
    Picture::of_run(Subject { run, verdict, explanation: &explanation, story, command, scenario })
}

/// The same with the picture of the run without faults, if there are any.
pub(super) fn picture_of(
    programs: &Programs,
    run: &Run,
    verdict: &Verdict,
    command: String,
) -> Shown {
    let picture = picture_of_run(programs, run, verdict, command);
    if run.plan.faults.is_empty() {
        return (picture, None);
    }
    let made = run.comparisons.twin.as_deref().filter(|twin| twin.trace.is_full());
    let twin = made.map_or_else(
        || {
            let plan = run.plan.without_faults();
            Picture::of_run_alone(&Simulation::new(plan, programs).detail(Detail::Full).run())
        },
        Picture::of_run_alone,
    );
    (picture.beside(TWIN, &twin), Some(twin))
}

/// The name of the run without faults.
const TWIN: &str = "without faults";

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
    shown: &[Shown],
) -> Result<Ending, Failure> {
    let mut outputs = Outputs::beside(&arguments.files);
    let files = outputs.open_for_each("--out", Some(path), pages.len())?;
    let drawings = outputs.open_for_each("--svg", arguments.svg.as_deref(), shown.len())?;
    for (file, page) in files.into_iter().zip(pages) {
        for note in &page.left_out {
            writeln!(anstream::stderr(), "note: {note}")?;
        }
        let written = file.path().map(Path::to_owned);
        file.write(|out| out.write_all(page.html.as_bytes()))?;
        if let Some(written) = written {
            writeln!(outputs.people(), "{}", place_text(&written))?;
            if arguments.open {
                open_in_browser(&written)?;
            }
        }
    }
    let scope = ExportScope {
        from: Time::ZERO + arguments.from,
        to: arguments.limits().to,
        ..ExportScope::default()
    };
    for (file, (picture, _)) in drawings.into_iter().zip(shown) {
        let mut text = Vec::new();
        export(picture, ExportFormat::Svg, &scope, &mut text)
            .map_err(|error| Failure::Usage(vec![error.to_string()]))?;
        file.write(|out| out.write_all(&text))?;
    }
    Ok(Ending::Pass)
}

/// A file, and what to give to a browser to see it.
pub(super) fn place_text(path: &Path) -> String {
    format!("{}  {}", path.display(), url(path))
}

fn url(path: &Path) -> String {
    let whole = env::current_dir().map_or_else(|_| path.to_owned(), |folder| folder.join(path));
    let safe = whole.display().to_string().replace('%', "%25").replace(' ', "%20");
    format!("file://{}", safe.replace('#', "%23").replace('?', "%3F"))
}

/// Opens a page in the browser of the user. If there is none, the page is there all the same.
fn open_in_browser(path: &Path) -> Result<(), Failure> {
    let own = env::var("BROWSER").ok().filter(|browser| !browser.is_empty());
    let usual = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let browser = own.unwrap_or_else(|| usual.to_owned());
    let started = Command::new(&browser).arg(url(path)).stdin(Stdio::null()).spawn();
    if let Err(error) = started {
        writeln!(
            anstream::stderr(),
            "warning: cannot start {browser} ({error}); open the page by hand, or set BROWSER"
        )?;
    }
    Ok(())
}
