//! Checks of what a student has changed; hints, solutions, and the way back.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::asking::judge;
use super::desk::{Desk, can_run, next_step, said, shown};
use super::doing::predicted;
use super::usage;
use crate::course::{CheckResult, Lesson, RunSource};
use crate::explore::command_for;
use crate::front::cli::{Ending, Failure, terminal};
use crate::front::report::Styles;
use crate::scenario::services::Programs;

/// Checks the file that a student has changed.
pub(super) fn check(
    programs: &Programs,
    desk: &mut Desk,
    name: Option<&str>,
) -> Result<Ending, Failure> {
    let lesson = desk.lesson(name)?;
    let mut out = terminal::out();
    if lesson.task.is_none() {
        return check_answers(programs, desk, &lesson, &mut *out);
    }
    predicted(desk, &lesson, "the check would tell: write the prediction down first")?;
    let results = desk.own_bench(programs, &lesson)?.check_all()?;
    let passed = tell(desk, &lesson, &results, &mut *out)?;
    let kept = desk.doing(&lesson.name);
    kept.passed |= passed;
    desk.save()?;
    if passed {
        let next = next_step(&lesson, &desk.done(&lesson.name));
        writeln!(out, "It passes. Next: {next}")?;
        return Ok(Ending::Pass);
    }
    Ok(Ending::Violated)
}

/// Checks the answers of a lesson that has no task.
fn check_answers(
    programs: &Programs,
    desk: &Desk,
    lesson: &Lesson,
    out: &mut dyn Write,
) -> Result<Ending, Failure> {
    predicted(desk, lesson, "the check would tell: write the prediction down first")?;
    let done = desk.done(&lesson.name);
    // Whoever predicts after that has been told.
    if done.runs == 0 && !lesson.predict.is_empty() && can_run(lesson) {
        return Err(usage("the check tells what was right: run it first\n  nodedown learn run"));
    }
    let bench = desk.bench(programs, lesson);
    let mut all = true;
    // A wrong prediction is no failure; a wrong answer is one.
    let predicted = lesson.predict.iter().map(|question| (question, &done.predictions, true));
    let found = lesson.find.iter().map(|question| (question, &done.answers, false));
    for (question, answers, may_be_wrong) in predicted.chain(found) {
        let Some(answer) = said(answers, &question.id) else {
            all = false;
            writeln!(out, "not yet  {}", question.id)?;
            continue;
        };
        let judged = judge(&bench, question, &answer.said)?;
        all &= judged.is_right || may_be_wrong;
        write!(out, "{}", judged.text(&terminal::styles()))?;
    }
    writeln!(out, "Next: {}", next_step(lesson, &done))?;
    Ok(if all { Ending::Pass } else { Ending::Violated })
}

/// Tells the results of checks; true if all are met.
fn tell(
    desk: &Desk,
    lesson: &Lesson,
    results: &[CheckResult],
    out: &mut dyn Write,
) -> Result<bool, Failure> {
    let Styles { good, bad, .. } = terminal::styles();
    // Of a task that is a module, the scenario is what can be looked at: it says how it is built.
    let scenario = lesson
        .edited_run()
        .filter(|run| matches!(run.source, RunSource::Scenario { .. }))
        .map(|run| shown(&desk.root.join(&lesson.name).join(run.source.file())));
    for result in results.iter().filter(|result| !result.hidden || !result.passed) {
        if result.passed {
            writeln!(out, "{good}ok{good:#}  {}", result.what)?;
            continue;
        }
        writeln!(out, "{bad}no{bad:#}  {}", result.what)?;
        for line in &result.why {
            writeln!(out, "    {line}")?;
        }
        if let Some((seed, file)) = result.seed.zip(scenario.as_deref()) {
            writeln!(out, "    with seed {seed}; look: {}", command_for("view", file, seed))?;
        }
    }
    let hidden = results.iter().filter(|result| result.hidden && result.passed).count();
    if hidden > 0 {
        writeln!(
            out,
            "{good}ok{good:#}  {hidden} more that {} not told",
            if hidden == 1 { "is" } else { "are" }
        )?;
    }
    let passed = results.iter().all(|result| result.passed);
    if !passed && !lesson.hints.is_empty() {
        writeln!(out, "A hint: nodedown learn hint")?;
    }
    Ok(passed)
}

/// The time between two looks at a file.
const POLL: Duration = Duration::from_millis(300);

/// Checks the file each time that it is saved, until it passes.
pub(super) fn watch(
    programs: &Programs,
    desk: &mut Desk,
    name: Option<&str>,
) -> Result<Ending, Failure> {
    let lesson = desk.lesson(name)?;
    let Some(path) = desk.work(&lesson) else {
        return Err(usage(format!("{} has no file to change", lesson.name)));
    };
    loop {
        let seen = changed_at(&path);
        match check(programs, desk, Some(&lesson.name)) {
            Ok(Ending::Pass) => return Ok(Ending::Pass),
            Ok(_) => {}
            // A file that is being written may be half there.
            Err(failure @ (Failure::Mistakes(_) | Failure::Read { .. })) => {
                writeln!(anstream::stderr(), "{failure}")?;
            }
            Err(other) => return Err(other),
        }
        writeln!(terminal::out(), "\nWaiting for {} to be saved (Ctrl+C ends)", shown(&path))?;
        while changed_at(&path) == seen {
            rest();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the editor of the user, not a simulation's time")]
fn rest() {
    std::thread::sleep(POLL);
}

/// The time at which a file was saved, and its length.
#[expect(clippy::disallowed_types, reason = "the editor of the user, not a simulation's time")]
fn changed_at(path: &Path) -> Option<(std::time::SystemTime, u64)> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// Shows the next hint.
pub(super) fn hint(desk: &mut Desk, name: Option<&str>) -> Result<Ending, Failure> {
    let lesson = desk.lesson(name)?;
    let mut out = terminal::out();
    if lesson.hints.is_empty() {
        writeln!(out, "{} has no hints.", lesson.name)?;
        return Ok(Ending::Pass);
    }
    let count = lesson.hints.len();
    let kept = desk.doing(&lesson.name);
    kept.hints = (kept.hints + 1).min(count as u32);
    let shown = kept.hints as usize;
    desk.save()?;
    for (hint, number) in lesson.hints.iter().zip(1..).take(shown) {
        writeln!(out, "{number} of {count}: {hint}")?;
    }
    if shown == count {
        writeln!(out, "There are no more; nodedown learn solution shows one.")?;
    }
    Ok(Ending::Pass)
}

/// Shows the solution.
pub(super) fn solution(desk: &mut Desk, name: Option<&str>) -> Result<Ending, Failure> {
    let lesson = desk.lesson(name)?;
    let file = lesson.solution_file();
    let text = file.and_then(|file| desk.course.files.read(&format!("{}/{file}", lesson.name)));
    let (Some(file), Some(text)) = (file, text) else {
        return Err(usage(format!("{} has no solution to show", lesson.name)));
    };
    desk.doing(&lesson.name).solution = true;
    desk.save()?;
    let path = desk.root.join(&lesson.name).join(file);
    fs::write(&path, &text).map_err(|error| Failure::Create { path: path.clone(), error })?;
    let mut out = terminal::out();
    let edit = lesson.task.as_ref().map(|task| task.edit.as_str()).unwrap_or_default();
    let own = fs::read_to_string(desk.root.join(&lesson.name).join(edit)).unwrap_or_default();
    for line in text.lines().filter(|line| !own.lines().any(|other| other.trim() == line.trim())) {
        writeln!(out, "+ {line}")?;
    }
    writeln!(out, "The lines that differ from yours are above; the whole is {}", shown(&path))?;
    Ok(Ending::Pass)
}

/// True if a file is not as it was handed out: what is kept of it before is not overwritten by what
/// nobody has changed.
fn is_changed(desk: &Desk, lesson: &Lesson, path: &Path) -> bool {
    let edit = lesson.task.as_ref().map(|task| task.edit.as_str()).unwrap_or_default();
    let handed_out = desk.course.files.read(&format!("{}/{edit}", lesson.name));
    fs::read(path).is_ok_and(|own| handed_out.is_none_or(|text| text.as_bytes() != own))
}

/// Puts the files of a lesson back. The file of the student is kept beside them.
pub(super) fn reset(desk: &mut Desk, name: Option<&str>) -> Result<Ending, Failure> {
    let lesson = desk.lesson(name)?;
    let mut out = terminal::out();
    let work: Option<PathBuf> = desk.work(&lesson).filter(|path| is_changed(desk, &lesson, path));
    if let Some(path) = work {
        let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default();
        // A module of another name than its file would not compile.
        let ending = match ending {
            "json" | "transcript" => format!("before-reset.{ending}"),
            _ => format!("{ending}.before-reset"),
        };
        let kept = path.with_extension(ending);
        fs::copy(&path, &kept).map_err(|error| Failure::Create { path: kept.clone(), error })?;
        writeln!(out, "What you had is in {}", shown(&kept))?;
    }
    desk.hand_out(&lesson.name)?;
    let kept = desk.doing(&lesson.name);
    kept.passed = false;
    desk.save()?;
    writeln!(out, "{} is as it was handed out; predictions and answers are kept.", lesson.name)?;
    Ok(Ending::Pass)
}
