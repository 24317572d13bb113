//! New courses, and what is wrong with one.

use std::fs;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

use super::desk::is_course;
use super::{CheckCourse, course_of, usage};
use crate::course::{AuditCounts, Course, LessonAudit, STEPS_MAX, audit_course, audit_lesson};
use crate::document::diagnostic::Style;
use crate::explore::pool;
use crate::front::cli::{Ending, Failure, terminal};
use crate::front::report;
use crate::front::report::Styles;
use crate::scenario::services::Programs;

/// The files of a new course.
const FILES: [(&str, &str); 5] = [
    ("course.json", include_str!("template/course.json")),
    ("01-first/lesson.md", include_str!("template/lesson.md")),
    ("01-first/lesson.json", include_str!("template/lesson.json")),
    ("01-first/start.json", include_str!("template/start.json")),
    ("01-first/solution.json", include_str!("template/solution.json")),
];

/// Creates a course with one lesson.
pub(super) fn new(folder: &Path) -> Result<Ending, Failure> {
    let shown = folder.display();
    if folder.exists() {
        return Err(usage(format!("{shown} exists already; name a new folder")));
    }
    let mut out = terminal::out();
    for (path, text) in FILES {
        let path = folder.join(path);
        let written = path.parent().map_or(Ok(()), fs::create_dir_all);
        let written = written.and_then(|()| fs::write(&path, text));
        written.map_err(|error| Failure::Create { path: path.clone(), error })?;
        writeln!(out, "{}", path.display())?;
    }
    writeln!(out, "\nnodedown learn check-course {shown}   # is everything right?")?;
    writeln!(
        out,
        "nodedown learn --course {shown}        # be a student of it, from another folder"
    )?;
    Ok(Ending::Pass)
}

/// Does each lesson of a course as a student would do it, and says what is wrong.
pub(super) fn check_course(
    programs: &Programs,
    arguments: &CheckCourse,
    course: Option<&Path>,
) -> Result<Ending, Failure> {
    let folder = arguments.folder.as_deref().or(course);
    if let Some(folder) = folder.filter(|folder| folder.is_dir() && !is_course(folder)) {
        return Err(usage(format!(
            "{}: there is no course.json in it\n  nodedown learn new DIR makes a course",
            folder.display()
        )));
    }
    let course = course_of(folder)?;
    let names = chosen(&course, &arguments.lessons)?;
    let (mut wrong, mut counts) = (0, AuditCounts::default());
    let mut out = terminal::out();
    let mut err = anstream::stderr();
    for mistakes in audit_course(&course) {
        writeln!(err, "{}\n", mistakes.render(Style::Colour))?;
        wrong += mistakes.iter().count();
    }
    let mut told = Ok(());
    let audited = |(): &mut (), name: String| {
        let limit = (name.as_str(), STEPS_MAX);
        let audit = audit_lesson(programs, &course.files, &course, limit, report::run_json);
        (name, audit)
    };
    pool::in_order(
        pool::available_jobs(),
        names,
        || (),
        audited,
        |(name, audit)| {
            counts.add(audit.counts);
            wrong +=
                audit.mistakes.iter().map(|each| each.iter().count() + each.more()).sum::<usize>();
            told = tell(&mut *out, &name, &audit);
            if told.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        },
    );
    told?;
    let AuditCounts { lessons, values, choices, checks, steps } = counts;
    writeln!(
        out,
        "lessons: {lessons}, values: {values}, choices: {choices}, checks: {checks}, steps of transcripts: {steps}"
    )?;
    if wrong == 0 {
        return Ok(Ending::Pass);
    }
    let things = if wrong == 1 { "thing is" } else { "things are" };
    writeln!(out, "{wrong} {things} wrong")?;
    Ok(Ending::Violated)
}

fn tell(out: &mut dyn Write, name: &str, audit: &LessonAudit) -> Result<(), Failure> {
    let Styles { good, bad, doubtful, .. } = terminal::styles();
    let is_wrong = !audit.mistakes.is_empty();
    let mark = if is_wrong { format!("{bad}no{bad:#}") } else { format!("{good}ok{good:#}") };
    writeln!(out, "{mark}  {name:30} {:>9} steps", audit.simulated)?;
    for mistakes in &audit.mistakes {
        writeln!(out, "{}\n", mistakes.render(Style::Colour))?;
    }
    for why in &audit.skipped {
        writeln!(out, "    {doubtful}skipped{doubtful:#}: {why}")?;
    }
    Ok(())
}

/// The whole names of the lessons that are asked for; all if none are.
pub(super) fn chosen(course: &Course, names: &[String]) -> Result<Vec<String>, Failure> {
    if names.is_empty() {
        return Ok(course.lessons().map(str::to_owned).collect());
    }
    names.iter().map(|name| Ok(course.find(name)?.to_owned())).collect()
}
