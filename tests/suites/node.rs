//! One suite on one node: its cases are run by the module `suite_runner`, and what it tells is printed.

use std::cell::RefCell;
use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use nodedown::atom;
use nodedown::beam::Library;
use nodedown::beam::index::Otp;
use nodedown::beam::node::Boot;
use nodedown::runtime::{NodeConfig, Schedule, World, WorldConfig};
use nodedown::term::Term;

use crate::command::Arguments;

/// A case may take as many events and turns of processes.
const STEPS_MAX: u64 = 40_000_000;
/// So long may pass without any news, in virtual time.
const SILENCE_MAX: Duration = Duration::from_hours(3);

/// Runs the cases of a suite (`stdlib/lists_SUITE`) from a number on; each outcome is a line of the
/// output.
pub(crate) fn run(arguments: &Arguments, suite: &str) -> Result<(), Box<dyn Error>> {
    let (area, suite) = suite.split_once('/').ok_or("a suite is named as stdlib/lists_SUITE")?;
    // Processes run in turn, as the suites expect it of the emulator.
    let (schedule, event_budget) = (Schedule::Fifo, u64::MAX);
    let world = World::new(WorldConfig { schedule, event_budget, ..WorldConfig::default() });
    let mut config = NodeConfig::new("test@suites", world.add_host("suites"));
    let mut boot = Boot::new(library(&arguments.folder, area)?).with_args([
        "-suite",
        suite,
        "-from",
        &arguments.from.to_string(),
        "-s",
        "suite_runner",
        "start",
    ]);
    // As Common Test does it, for the suites that ask for sasl.
    boot.boot_file = Some(Otp::find(None)?.root.join("bin/start_sasl"));
    if let Some(case) = &arguments.case {
        boot = boot.with_args(["-only", case]);
    }
    boot.env.insert("HOME".to_owned(), "/home".to_owned());
    boot.configure(&mut config);
    let node = world.add_node(config);
    world.set_boot(node, Rc::new(boot).program());
    world.start_node(node);
    let news = Rc::new(RefCell::new(Vec::new()));
    let kept = Rc::clone(&news);
    world.spawn(node, "judge", move |ctx| async move {
        ctx.register(atom!("judge"), ctx.pid())?;
        loop {
            let message = ctx.receive().await;
            kept.borrow_mut().push(message);
        }
    });
    let (mut heard, mut steps, mut logged) = (world.now(), world.steps(), 0);
    loop {
        world.run_for(Duration::from_millis(1));
        if arguments.log {
            let trace = world.trace();
            for record in &trace.records()[logged..] {
                eprintln!("{:?}", record.fact);
            }
            logged = trace.records().len();
        }
        for message in news.take() {
            (heard, steps) = (world.now(), world.steps());
            if tell(&message) {
                return Ok(());
            }
        }
        if !world.is_up(node) {
            return line(&["ended", "the node has ended"]);
        }
        if world.steps() - steps > STEPS_MAX {
            return line(&["ended", "it computes for too long"]);
        }
        if world.now() > heard + SILENCE_MAX {
            return line(&["ended", "nothing happens any more"]);
        }
    }
}

/// The code of a folder of suites, and that of the driver.
fn library(folder: &Path, area: &str) -> Result<Arc<Library>, Box<dyn Error>> {
    let folder = folder.canonicalize()?;
    let code = [folder.join("driver"), folder.join(format!("{area}_test"))];
    Ok(Arc::new(Library::new(&Otp::find(None)?, &code)?))
}

/// Prints what the driver tells. Is the suite over?
fn tell(message: &Term) -> bool {
    let parts = message.as_tuple().unwrap_or_default();
    let mut words: Vec<String> = parts.iter().map(text).collect();
    if let Some(("outcome", missing)) = words.first().map(String::as_str).zip(parts.last()) {
        let names = missing.as_list().unwrap_or_default().iter().map(name);
        *words.last_mut().expect("it has a first word") = names.collect::<Vec<_>>().join(" ");
    }
    if words.is_empty() {
        words.push(message.to_string());
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    line(&words).expect("the output can be written to");
    matches!(words[0], "finished" | "again")
}

/// A word of a line.
fn text(term: &Term) -> String {
    match (term.as_atom(), term.as_str()) {
        (Some(atom), _) => atom.as_str().to_owned(),
        (None, Some(text)) => text.to_owned(),
        (None, None) => term.to_string(),
    }
}

/// `{M,F,A}` as M:F/A.
fn name(term: &Term) -> String {
    let mut name = String::new();
    if let Some([module, function, arity]) = term.as_tuple() {
        let _ = write!(name, "{}:{}/{arity}", text(module), text(function));
    }
    name
}

/// A line of words with tabs between them.
fn line(words: &[&str]) -> Result<(), Box<dyn Error>> {
    let words: Vec<String> =
        words.iter().map(|word| word.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    let mut output = std::io::stdout().lock();
    writeln!(output, "{}", words.join("\t"))?;
    Ok(output.flush()?)
}
