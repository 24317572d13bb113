//! The command: each suite in a process of its own, so that one that breaks leaves the others alone.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use clap::Parser;

use crate::reach::Listed;
use crate::table::{Case, Outcome, Row, Table};

/// Runs OTP's own test suites on a simulated node, in virtual time.
#[derive(Clone, Debug, Parser)]
pub(crate) struct Arguments {
    /// Folder that `tests/suites/build` made
    pub(crate) folder: PathBuf,
    /// Suites: `stdlib/lists_SUITE`, or a file with their names [default: all that are compiled]
    pub(crate) suites: Vec<String>,
    /// Only the cases of this name
    #[arg(long)]
    pub(crate) case: Option<String>,
    /// The table to compare with
    #[arg(long, default_value = "tests/suites/table.tsv")]
    pub(crate) table: PathBuf,
    /// The cases that need what simulated nodes have not got
    #[arg(long, default_value = "tests/suites/outside.txt")]
    pub(crate) outside: PathBuf,
    /// Write what came of the suites into the table
    #[arg(long)]
    pub(crate) write: bool,
    /// The most seconds that a case may take by the clock on the wall
    #[arg(long, default_value_t = 60)]
    pub(crate) seconds: u64,
    /// How many suites run side by side
    #[arg(long, default_value_t = 1)]
    pub(crate) jobs: usize,
    /// Print each case that failed
    #[arg(long)]
    pub(crate) full: bool,
    /// Print everything that is recorded
    #[arg(long)]
    pub(crate) log: bool,
    #[arg(long, hide = true)]
    pub(crate) only_suite: Option<String>,
    #[arg(long, hide = true, default_value_t = 1)]
    pub(crate) from: usize,
}

/// A suite is given up when it ends so often between its cases.
const STUCK_MAX: usize = 3;

/// Runs all suites and compares. Did everything pass that passed before?
pub(crate) fn run(arguments: &Arguments) -> Result<bool, Box<dyn Error>> {
    let suites = suites(arguments)?;
    let listed = Listed::read(&arguments.outside)?;
    let (todo, found) = (std::sync::Mutex::new(suites.into_iter()), std::sync::Mutex::default());
    std::thread::scope(|scope| {
        for _ in 0..arguments.jobs.max(1) {
            scope.spawn(|| {
                while let Some(suite) = todo.lock().ok().and_then(|mut todo| todo.next()) {
                    let rows = run_suite(arguments, &suite).into_iter();
                    let rows = rows.map(|(case, row)| {
                        let row = row.listed(listed.reason(&suite, &case.name));
                        (case, row)
                    });
                    let rows: BTreeMap<Case, Row> = rows.collect();
                    let counts = Table { rows: rows.clone() };
                    print!("{}", summary(&counts));
                    let table: &std::sync::Mutex<Table> = &found;
                    if let Ok(mut table) = table.lock() {
                        table.rows.extend(rows);
                    }
                }
            });
        }
    });
    let found = found.into_inner()?;
    if arguments.full {
        for (case, row) in found.rows.iter().filter(|(_, row)| row.outcome != Outcome::Passed) {
            println!("{}:{}  {}  {}", case.suite, case.name, row.outcome, row.reason);
        }
    }
    println!("{}", total(&found));
    let mut table = Table::read(&arguments.table);
    let lost = table.lost(&found);
    for (case, row) in &lost {
        println!(
            "lost: {}:{} passed before, and now: {} {}",
            case.suite, case.name, row.outcome, row.reason
        );
    }
    let nothing_is_lost = lost.is_empty();
    if arguments.write {
        table.replace(&found, arguments.case.is_none());
        fs::write(&arguments.table, table.to_string())?;
    }
    Ok(nothing_is_lost)
}

/// The suites that are named, in files or one by one; all if none is.
fn suites(arguments: &Arguments) -> Result<Vec<String>, Box<dyn Error>> {
    let mut suites = Vec::new();
    for name in &arguments.suites {
        if let Ok(text) = fs::read_to_string(name) {
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            suites.extend(lines.filter(|line| !line.starts_with('#')).map(str::to_owned));
        } else {
            suites.push(name.clone());
        }
    }
    if suites.is_empty() {
        for area in ["emulator", "stdlib", "kernel"] {
            for entry in fs::read_dir(arguments.folder.join(format!("{area}_test")))? {
                let name = entry?.file_name().to_string_lossy().into_owned();
                suites.extend(
                    name.strip_suffix("_SUITE.beam").map(|name| format!("{area}/{name}_SUITE")),
                );
            }
        }
        suites.sort();
    }
    Ok(suites)
}

/// The rows of a suite. After a case that broke the node, the next ones run on a new one.
fn run_suite(arguments: &Arguments, suite: &str) -> BTreeMap<Case, Row> {
    let mut rows = BTreeMap::new();
    let folder = arguments.folder.canonicalize().unwrap_or_default().display().to_string();
    let (mut from, mut stuck) = (1, 0);
    loop {
        let mut at = None;
        let mut end = Err("the simulation broke".to_owned());
        let Ok(mut child) = start(arguments, suite, from) else { return rows };
        for words in lines(&mut child, Duration::from_secs(arguments.seconds)) {
            let words: Vec<&str> = words.split('\t').collect();
            match words[..] {
                ["begins", number, name] => {
                    at = number.parse().ok().map(|number| (number, name.to_owned()));
                }
                ["outcome", number, name, outcome, reason, ref missing @ ..] => {
                    let Ok(number) = number.parse::<usize>() else { continue };
                    let case = Case { suite: suite.to_owned(), number, name: name.to_owned() };
                    let (reason, missing) = (reason.replace(&folder, ""), missing.first());
                    rows.insert(case, Row::new(outcome, &reason, missing.unwrap_or(&"")));
                    (at, from) = (None, number + 1);
                }
                ["note", text] if arguments.full => println!("{suite}: {text}"),
                ["again"] => end = Ok(true),
                ["finished", ..] => end = Ok(false),
                ["ended", why] => end = Err(why.to_owned()),
                ["slow"] => end = Err(format!("it takes more than {} s", arguments.seconds)),
                _ => {}
            }
        }
        let _ = child.kill();
        let _ = child.wait();
        match (end, at) {
            (Ok(true), _) => {}
            (Ok(false), _) => return rows,
            (Err(why), Some((number, name))) => {
                let case = Case { suite: suite.to_owned(), number, name };
                rows.insert(case, Row::new("failed", &why, ""));
                from = number + 1;
            }
            (Err(why), None) => {
                println!("{suite}: {why}, before case {from}");
                (from, stuck) = (from + 1, stuck + 1);
                if stuck == STUCK_MAX {
                    return rows;
                }
            }
        }
    }
}

fn start(arguments: &Arguments, suite: &str, from: usize) -> std::io::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(&arguments.folder).args(["--only-suite", suite, "--from", &from.to_string()]);
    if let Some(case) = &arguments.case {
        command.args(["--case", case]);
    }
    if arguments.log {
        command.arg("--log");
    } else {
        command.stderr(Stdio::null());
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()
}

/// The lines that a process prints; `slow` is the last one when none comes for too long.
fn lines(child: &mut Child, silence: Duration) -> impl Iterator<Item = String> + use<> {
    let (sender, receiver) = mpsc::channel();
    let output = BufReader::new(child.stdout.take().expect("the output is piped"));
    #[expect(clippy::disallowed_methods, reason = "it reads the output of another process")]
    std::thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    let mut is_over = false;
    std::iter::from_fn(move || {
        if is_over {
            return None;
        }
        match receiver.recv_timeout(silence) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Timeout) => {
                is_over = true;
                Some("slow".to_owned())
            }
            Err(RecvTimeoutError::Disconnected) => None,
        }
    })
}

/// A line for each suite.
fn summary(table: &Table) -> String {
    let line = |(suite, counts): (&str, [usize; 4])| {
        let [passed, skipped, outside, failed] = counts;
        format!(
            "{suite:<40} passed {passed:>3} of {:>3}, failed {failed:>3}, outside {outside:>3}, skipped {skipped:>3}\n",
            passed + failed
        )
    };
    table.counts().into_iter().map(line).collect()
}

fn total(table: &Table) -> String {
    let mut sum = [0; 4];
    for counts in table.counts().values() {
        for (sum, count) in sum.iter_mut().zip(counts) {
            *sum += count;
        }
    }
    let [passed, skipped, outside, failed] = sum;
    let judged = passed + failed;
    let share = if judged == 0 { 0.0 } else { 100.0 * passed as f64 / judged as f64 };
    format!(
        "{} cases: {passed} of {judged} passed ({share:.1} %), {outside} reach outside of the simulation, {skipped} are skipped by their suites",
        judged + outside + skipped
    )
}
