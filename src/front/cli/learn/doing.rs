//! The runs and the pages of a lesson.

use std::fs;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::PathBuf;

use super::asking::judge;
use super::desk::{Desk, can_run, choices_text, next_step, said, shown};
use super::overview::tell_task;
use super::{LookArguments, RunLesson, usage};
use crate::course::{Lesson, LessonBench, LessonRun, RunSource};
use crate::document::diagnostic::suggestion;
use crate::engine::time::{Time, parse_duration};
use crate::engine::trace::Detail;
use crate::explore::command_for;
use crate::front::cli::view::{picture_of, place_text, session_picture};
use crate::front::cli::{Ending, Failure, terminal};
use crate::front::report;
use crate::scenario::services::Programs;
use crate::shell::TranscriptEntry;
use crate::view::{Opening, PageLimits, page, page_of_two};

/// The most lines of a story.
const STORY_MAX: usize = 24;

/// Refuses what would tell the answers of a lesson that has not run, until all predictions are there.
pub(super) fn predicted(desk: &Desk, lesson: &Lesson, why: &str) -> Result<(), Failure> {
    let done = desk.done(&lesson.name);
    let is_open = |id: &str| said(&done.predictions, id).is_none();
    match lesson.predict.iter().find(|question| is_open(&question.id)) {
        Some(question) if done.runs == 0 => {
            Err(usage(format!("{why}: {}\n  nodedown learn predict", question.id)))
        }
        Some(_) | None => Ok(()),
    }
}

/// Runs a lesson, and says how far off the predictions were.
pub(super) fn run(
    programs: &Programs,
    desk: &mut Desk,
    arguments: &RunLesson,
) -> Result<Ending, Failure> {
    let lesson = desk.lesson(arguments.lesson.as_deref())?;
    predicted(desk, &lesson, "nothing runs before the prediction is written down")?;
    if !can_run(&lesson) {
        let files: Vec<&str> = lesson.runs.iter().map(|run| run.source.file()).collect();
        return Err(usage(format!(
            "{} has histories to read, and nothing that runs: {}\n  nodedown check FILE --model MODEL judges one",
            lesson.name,
            files.join(", ")
        )));
    }
    let chosen = chosen_run(&lesson, arguments.run.as_deref())?;
    let mut out = terminal::out();
    {
        let bench = desk.own_bench(programs, &lesson)?;
        match &chosen.source {
            RunSource::Transcript { .. } => play(&bench, chosen, &mut *out)?,
            RunSource::Scenario { .. } => tell(&bench, desk, &lesson, chosen, &mut *out)?,
            RunSource::History { .. } => {}
        }
    }
    desk.doing(&lesson.name).runs += 1;
    desk.save()?;
    let done = desk.done(&lesson.name);
    if !lesson.predict.is_empty() {
        writeln!(out)?;
        let bench = desk.bench(programs, &lesson);
        for question in &lesson.predict {
            if let Some(answer) = said(&done.predictions, &question.id) {
                write!(
                    out,
                    "{}",
                    judge(&bench, question, &answer.said)?.text(&terminal::styles())
                )?;
            }
        }
    }
    if !lesson.predict.is_empty() && done.runs == 1 {
        tell_task(desk, &lesson, None, &mut *out)?;
    }
    writeln!(out, "\nNext: {}", next_step(&lesson, &done))?;
    Ok(Ending::Pass)
}

/// The run of a name; the first that runs if there is none.
fn chosen_run<'l>(lesson: &'l Lesson, name: Option<&str>) -> Result<&'l LessonRun, Failure> {
    let names: Vec<&str> = lesson.runs.iter().map(|run| run.name.as_str()).collect();
    let found = match name {
        Some(name) => lesson.runs.iter().find(|run| run.name == name),
        None => lesson.runs.iter().find(|run| !matches!(run.source, RunSource::History { .. })),
    };
    found.ok_or_else(|| {
        let name = name.unwrap_or_default();
        usage(format!("there is no run `{name}`; {}", suggestion(name, &names, "runs")))
    })
}

/// Plays a transcript: step by step where somebody watches.
fn play(bench: &LessonBench<'_>, run: &LessonRun, out: &mut dyn Write) -> Result<(), Failure> {
    let watched = io::stdin().is_terminal() && io::stdout().is_terminal();
    let played = bench.played(run)?;
    if watched {
        writeln!(out, "(Enter goes on, q shows the rest at once)")?;
    }
    let mut step_by_step = watched;
    for entry in &played.played.entries {
        match entry {
            TranscriptEntry::Comment(text) => writeln!(out, "{text}")?,
            TranscriptEntry::Step { command, answer, .. } => {
                write!(out, "> {command}")?;
                out.flush()?;
                if step_by_step {
                    let mut line = String::new();
                    let read = io::stdin().lock().read_line(&mut line)?;
                    step_by_step = read > 0 && line.trim() != "q";
                } else {
                    writeln!(out)?;
                }
                for line in answer {
                    writeln!(out, "{line}")?;
                }
            }
        }
    }
    Ok(())
}

/// Tells a run: its story in short, and its verdict.
fn tell(
    bench: &LessonBench<'_>,
    desk: &Desk,
    lesson: &Lesson,
    run: &LessonRun,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let done = bench.done(run, Detail::Story)?;
    let styles = terminal::styles();
    write!(out, "{}", report::heading_text(&done.run, &styles))?;
    let story = report::story(&done.run);
    let shown_lines = &story[..story.len().min(STORY_MAX)];
    writeln!(out, "{}", report::story_text(shown_lines, &styles))?;
    let file = desk.root.join(&lesson.name).join(run.source.file());
    if story.len() > shown_lines.len() {
        let rest = story.len() - shown_lines.len();
        let command = command_for("run", &shown(&file), done.run.plan.seed);
        writeln!(out, "... {rest} more: {command}")?;
    }
    write!(out, "{}", report::verdict_text(&done.run, &done.verdict, &[], &styles))?;
    Ok(())
}

/// Writes the page of a lesson, and says where it is.
pub(super) fn look(
    programs: &Programs,
    desk: &mut Desk,
    arguments: &LookArguments,
) -> Result<Ending, Failure> {
    let lesson = desk.lesson(arguments.lesson.as_deref())?;
    predicted(desk, &lesson, "the page would tell: write the prediction down first")?;
    let look = lesson.look.as_ref();
    let name = arguments.run.as_deref().or_else(|| look.and_then(|look| look.run.as_deref()));
    let run = chosen_run(&lesson, name)?;
    let bench = desk.bench(programs, &lesson);
    let html = lesson_page(programs, &bench, &lesson, run)?;
    let usual = || desk.root.join(&lesson.name).join(format!("{}.html", run.name));
    let path: PathBuf = arguments.out.clone().unwrap_or_else(usual);
    fs::write(&path, html).map_err(|error| Failure::Create { path: path.clone(), error })?;
    let mut out = terminal::out();
    let link = look.filter(|look| look.run.is_none() || look.run.as_deref() == Some(&run.name));
    let link = link.map_or("", |look| look.link.as_str());
    writeln!(
        out,
        "{}{link}",
        place_text(&path).replacen(&path.display().to_string(), &shown(&path), 1)
    )?;
    if let Some((from, _)) = look.and_then(|look| look.window) {
        writeln!(out, "The page hides what comes after {from} s until you press r.")?;
    }
    for question in &lesson.find {
        write!(out, "{}: {}\n{}", question.id, question.ask, choices_text(&question.kind))?;
    }
    writeln!(out, "Next: {}", next_step(&lesson, &desk.done(&lesson.name)))?;
    Ok(Ending::Pass)
}

/// The page of a run of a lesson, with its curtain at the beginning of what is looked at.
pub(super) fn lesson_page(
    programs: &Programs,
    bench: &LessonBench<'_>,
    lesson: &Lesson,
    run: &LessonRun,
) -> Result<String, Failure> {
    let look = lesson.look.as_ref();
    let own = look.filter(|look| look.run.is_none() || look.run.as_deref() == Some(&run.name));
    let curtain = own.and_then(|look| look.window).map(|(from, _)| from);
    let curtain = curtain.and_then(|from| parse_duration(&format!("{from}s")).ok());
    let curtain = curtain.map(|after| Time::ZERO + after);
    let opening = Opening { curtain, ..Opening::default() };
    let limits = PageLimits::default();
    let (picture, other) = match &run.source {
        RunSource::Transcript { .. } => {
            (session_picture(&lesson.title, &bench.played(run)?.session), None)
        }
        RunSource::Scenario { .. } => {
            let done = bench.done(run, Detail::Full)?;
            let command = command_for("view", run.source.file(), done.run.plan.seed);
            picture_of(programs, &done.run, &done.verdict, command)
        }
        RunSource::History { .. } => return Err(usage("a history has no page")),
    };
    let picture = picture.opening(opening).map_err(|error| usage(error.to_string()))?;
    let page = match &other {
        Some(other) => page_of_two(&picture, other, &limits),
        None => page(&picture, &limits),
    };
    Ok(page.map_err(Failure::TooLarge)?.html)
}
