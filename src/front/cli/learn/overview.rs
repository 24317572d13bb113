//! The place of a student in a course, and the next step.

use std::fs;
use std::io::Write;
use std::path::Path;

use super::desk::{COPY, Desk, choices_text, is_done, next_step, shown};
use super::prose::shown_section;
use super::usage;
use crate::course::{Lesson, section};
use crate::document::diagnostic::suggestion;
use crate::front::cli::{Ending, Failure, terminal};
use crate::front::report::Styles;
use crate::scenario::services::Programs;

/// Copies the course if it is not here, and says where the student is.
pub(super) fn arrive(_: &Programs, from: Option<&Path>) -> Result<Ending, Failure> {
    let mut out = terminal::out();
    let Some(desk) = Desk::find()? else {
        let desk = Desk::copy(from)?;
        writeln!(
            out,
            "{}: {} lessons, in ./{COPY}",
            desk.course.title,
            desk.course.lessons().count()
        )?;
        for (path, lessons) in &desk.course.paths {
            writeln!(
                out,
                "  {path}: {} lessons (nodedown learn list --path \"{path}\")",
                lessons.len()
            )?;
        }
        let first = desk.course.lessons().next().unwrap_or_default();
        writeln!(out, "Next: nodedown learn start {first}")?;
        return Ok(Ending::Pass);
    };
    if let Some(from) = from {
        let whole = fs::canonicalize(from).unwrap_or_else(|_| from.to_owned());
        if desk.progress.from.as_deref() != Some(&*whole.display().to_string()) {
            let copy = shown(&desk.root);
            return Err(usage(format!(
                "{copy} is a copy of another course, {}\n  take --course {} in another folder",
                desk.course.title,
                from.display()
            )));
        }
    }
    let done = desk.course.lessons().filter(|name| is_finished(&desk, name)).count();
    writeln!(
        out,
        "{}: {done} of {} lessons done",
        desk.course.title,
        desk.course.lessons().count()
    )?;
    if let Some(name) = &desk.progress.lesson {
        let lesson = desk.lesson(Some(name))?;
        writeln!(out, "You are at {name}: {}", lesson.title)?;
        writeln!(out, "Next: {}", next_step(&lesson, &desk.done(name)))?;
    } else {
        let first = desk.course.lessons().next().unwrap_or_default();
        writeln!(out, "Next: nodedown learn start {first}")?;
    }
    Ok(Ending::Pass)
}

fn is_finished(desk: &Desk, name: &str) -> bool {
    let done = desk.done(name);
    let begun =
        done.runs > 0 || done.passed || !done.answers.is_empty() || !done.predictions.is_empty();
    begun && desk.course.lesson(name).is_ok_and(|lesson| is_done(&lesson, &done))
}

/// Begins a lesson: its question, its task, and what to do.
pub(super) fn start(
    desk: &mut Desk,
    name: Option<&str>,
    language: Option<&str>,
) -> Result<Ending, Failure> {
    let name = match name.or(desk.progress.lesson.as_deref()) {
        Some(name) => desk.course.find(name)?.to_owned(),
        None => desk.course.lessons().next().unwrap_or_default().to_owned(),
    };
    let lesson = desk.course.lesson(&name)?;
    desk.doing(&name);
    desk.save()?;
    tell(desk, &lesson, language)
}

/// Begins the lesson after the one that the student is at.
pub(super) fn next(desk: &mut Desk) -> Result<Ending, Failure> {
    let Some(current) = desk.progress.lesson.clone() else { return start(desk, None, None) };
    let Some(next) = desk.course.next(&current).map(str::to_owned) else {
        writeln!(
            terminal::out(),
            "{current} is the last lesson. nodedown learn list shows them all."
        )?;
        return Ok(Ending::Pass);
    };
    let lesson = desk.lesson(Some(&current))?;
    let done = desk.done(&current);
    if !is_done(&lesson, &done) {
        let left = next_step(&lesson, &done);
        writeln!(terminal::out(), "({current} is not done: {left})\n")?;
    }
    start(desk, Some(&next), None)
}

fn tell(desk: &Desk, lesson: &Lesson, language: Option<&str>) -> Result<Ending, Failure> {
    let Styles { title, faint, .. } = terminal::styles();
    let mut out = terminal::out();
    let minutes = lesson.minutes.map_or_else(String::new, |minutes| format!("{minutes} minutes; "));
    writeln!(out, "{title}{}: {}{title:#}", lesson.name, lesson.title)?;
    writeln!(out, "{faint}{minutes}{}{faint:#}\n", lesson.concepts.join(", "))?;
    if let Some(language) = language.filter(|it| !desk.course.is_in(&lesson.name, it)) {
        let own = &desk.course.language;
        writeln!(out, "(There is no translation to `{language}`; this is the text in `{own}`.)\n")?;
    }
    let text = desk.course.text(&lesson.name, language);
    let is_asked = !lesson.predict.is_empty() && desk.done(&lesson.name).runs == 0;
    for heading in ["Question", "Predict"] {
        if let Some(section) = section(&text, heading) {
            writeln!(out, "{}\n", shown_section(section))?;
        }
    }
    for question in &lesson.predict {
        writeln!(out, "{}: {}", question.id, question.ask)?;
        write!(out, "{}", choices_text(&question.kind))?;
    }
    // The task may tell what is asked.
    if !is_asked {
        tell_task(desk, lesson, language, &mut *out)?;
    }
    let folder = desk.root.join(&lesson.name);
    let translated = language.map(|language| folder.join(language).join("lesson.md"));
    let page = translated.filter(|page| page.is_file()).unwrap_or_else(|| folder.join("lesson.md"));
    writeln!(out, "\nThe whole text: {}", shown(&page))?;
    writeln!(out, "Next: {}", next_step(lesson, &desk.done(&lesson.name)))?;
    Ok(Ending::Pass)
}

/// Tells what there is to do: the text, and the task with its file.
pub(super) fn tell_task(
    desk: &Desk,
    lesson: &Lesson,
    language: Option<&str>,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let text = desk.course.text(&lesson.name, language);
    if let Some(section) = section(&text, "Do") {
        writeln!(out, "\n{}", shown_section(section))?;
    }
    if let (Some(task), Some(path)) = (&lesson.task, desk.work(lesson)) {
        writeln!(out, "\nTask: {} The file: {}", task.say, shown(&path))?;
        if !task.may_change.is_empty() {
            writeln!(out, "Only this may be changed: {}", task.may_change.join(", "))?;
        }
    }
    Ok(())
}

/// Lists the lessons, all or those of one way through the course.
pub(super) fn list(desk: &Desk, path: Option<&str>) -> Result<Ending, Failure> {
    let mut out = terminal::out();
    let course = &desk.course;
    let chosen = match path {
        None => None,
        Some(name) => {
            let found = course.paths.iter().find(|(path, _)| path == name);
            let names: Vec<&str> = course.paths.iter().map(|(path, _)| path.as_str()).collect();
            let help = || suggestion(name, &names, "paths");
            let (_, lessons) = found.ok_or_else(|| {
                usage(format!("there is no path `{name}` through the course; {}", help()))
            })?;
            Some(lessons)
        }
    };
    let Styles { good, title, .. } = terminal::styles();
    let wide = course.lessons().map(str::len).max().unwrap_or_default();
    for unit in &course.units {
        let is_chosen = |name: &&String| chosen.is_none_or(|chosen| chosen.contains(name));
        let lessons: Vec<&String> = unit.lessons.iter().filter(is_chosen).collect();
        if lessons.is_empty() {
            continue;
        }
        writeln!(out, "{title}{}  {}{title:#}", unit.letter, unit.title)?;
        for name in lessons {
            let lesson = course.lesson(name).map(|lesson| lesson.title).unwrap_or_default();
            let mark = if is_finished(desk, name) {
                format!("{good}done{good:#}")
            } else if desk.progress.lesson.as_ref() == Some(name) {
                "here".to_owned()
            } else if desk.progress.lessons.contains_key(name) {
                "open".to_owned()
            } else {
                "    ".to_owned()
            };
            writeln!(out, "  {mark}  {name:wide$}  {lesson}")?;
        }
    }
    Ok(Ending::Pass)
}
