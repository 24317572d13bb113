//! A course as a folder of pages that need no server.

use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::doing::lesson_page;
use super::making::chosen;
use super::{PagesArguments, course_of};
use crate::course::{Course, Lesson, LessonBench, LessonRun, QuestionKind, RunSource, prose_html};
use crate::front::cli::{Ending, Failure, terminal};
use crate::front::report;
use crate::scenario::services::Programs;
use crate::view::{base64, escaped};

const STYLE: &str = include_str!("site.css");

/// Writes the pages of a course: an index, and of each lesson its text and its runs.
pub(super) fn pages(
    programs: &Programs,
    arguments: &PagesArguments,
    course: Option<&Path>,
) -> Result<Ending, Failure> {
    let course = course_of(course)?;
    let names = chosen(&course, &arguments.lessons)?;
    let folder = arguments.folder.as_path();
    fs::create_dir_all(folder)
        .map_err(|error| Failure::Create { path: folder.to_owned(), error })?;
    let mut lessons = Vec::new();
    for name in &names {
        lessons.push(course.lesson(name)?);
    }
    let (mut runs, mut out) = (0, terminal::out());
    for (place, lesson) in lessons.iter().enumerate() {
        let bench = LessonBench::new(programs, &course.files, lesson, report::run_json);
        let mut shown = Vec::new();
        for run in lesson.runs.iter().filter(|run| !matches!(run.source, RunSource::History { .. }))
        {
            let html = lesson_page(programs, &bench, lesson, run)?;
            write(folder, &run_file(lesson, run), &html)?;
            shown.push(run);
        }
        runs += shown.len();
        let before = place.checked_sub(1).map(|place| &lessons[place]);
        let text = course.text(&lesson.name, arguments.language.as_deref());
        let neighbours = [before, lessons.get(place + 1)];
        let html = lesson_html(&course, lesson, &text, &shown, neighbours);
        write(folder, &format!("{}.html", lesson.name), &html)?;
    }
    write(folder, "index.html", &index_html(&course, &lessons))?;
    let index = folder.join("index.html");
    writeln!(out, "{} lessons and {runs} runs: {}", lessons.len(), index.display())?;
    Ok(Ending::Pass)
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), Failure> {
    let path = folder.join(name);
    fs::write(&path, text).map_err(|error| Failure::Create { path, error })
}

fn run_file(lesson: &Lesson, run: &LessonRun) -> String {
    let safe: String =
        run.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("{}-run-{safe}.html", lesson.name)
}

/// A page with a strict policy: it loads nothing, and runs nothing.
fn frame(course: &Course, title: &str, body: &str) -> String {
    let hash = base64(&Sha256::digest(STYLE));
    let language = escaped(&course.language);
    let title = escaped(title);
    format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{hash}'; \
         base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )
}

fn index_html(course: &Course, lessons: &[Lesson]) -> String {
    let mut body = format!("<h1>{}</h1>\n", escaped(&course.title));
    let find = |name: &str| lessons.iter().find(|lesson| lesson.name == name);
    for unit in &course.units {
        let own: Vec<&Lesson> = unit.lessons.iter().filter_map(|name| find(name)).collect();
        if own.is_empty() {
            continue;
        }
        let _ = writeln!(
            body,
            "<h2>{} <span class=\"soft\">{}</span></h2>\n<ol class=\"lessons\">",
            escaped(&unit.title),
            escaped(&unit.letter)
        );
        for lesson in own {
            let minutes =
                lesson.minutes.map_or_else(String::new, |minutes| format!(", {minutes} min"));
            let _ = writeln!(
                body,
                "<li><a href=\"{0}.html\">{1}</a> <span class=\"soft\">{2}{minutes}</span></li>",
                escaped(&lesson.name),
                escaped(&lesson.title),
                escaped(&lesson.concepts.join(", "))
            );
        }
        body += "</ol>\n";
    }
    if !course.paths.is_empty() {
        body += "<h2>Ways through the course</h2>\n";
    }
    for (path, names) in &course.paths {
        let links = names.iter().filter_map(|name| find(name)).map(|lesson| {
            let (name, title) = (escaped(&lesson.name), escaped(&lesson.title));
            format!("<a href=\"{name}.html\">{title}</a>")
        });
        let links: Vec<String> = links.collect();
        let _ = writeln!(body, "<p><strong>{}</strong>: {}</p>", escaped(path), links.join(", "));
    }
    frame(course, &course.title, &body)
}

fn lesson_html<'t>(
    course: &Course,
    lesson: &Lesson,
    text: &'t str,
    runs: &[&LessonRun],
    [before, behind]: [Option<&Lesson>; 2],
) -> String {
    let mut body = String::from("<nav>");
    let link = |lesson: Option<&Lesson>, arrow: [&str; 2]| {
        lesson.map_or_else(String::new, |lesson| {
            let (name, title) = (escaped(&lesson.name), escaped(&lesson.title));
            format!("<a href=\"{name}.html\">{}{title}{}</a> ", arrow[0], arrow[1])
        })
    };
    body += &link(before, ["\u{2190} ", ""]);
    body += "<a href=\"index.html\">all lessons</a> ";
    body += &link(behind, ["", " \u{2192}"]);
    body += "</nav>\n";
    let concepts = escaped(&lesson.concepts.join(", "));
    let minutes = lesson.minutes.map_or_else(String::new, |minutes| format!("; {minutes} minutes"));
    // The questions stand where the text speaks of them, and the reasons are not read by chance.
    let cut = |text: &'t str, heading: &str| match text.find(heading) {
        Some(place) => text.split_at(place),
        None => (text, ""),
    };
    let (first, rest) = cut(text, "\n## Do");
    let (second, reasons) = cut(rest, "\n## Why it is so");
    body += &prose_html(first);
    let _ = writeln!(body, "<p class=\"soft\">{concepts}{minutes}</p>");
    body += &questions_html(lesson);
    body += &prose_html(second);
    if !reasons.is_empty() {
        body += "<details>\n<summary>Why it is so (after you have run it)</summary>\n";
        body += &prose_html(reasons);
        body += "</details>\n";
    }
    if let Some(task) = &lesson.task {
        let _ = writeln!(
            body,
            "<h2>Task</h2>\n<p>{} <code>{}</code></p>",
            escaped(&task.say),
            escaped(&task.edit)
        );
    }
    if !runs.is_empty() {
        body += "<h2>Runs</h2>\n<ul>\n";
        for run in runs {
            let own = lesson
                .look
                .as_ref()
                .filter(|look| look.run.as_deref().is_none_or(|name| name == run.name));
            let hash = own.map_or("", |look| look.link.as_str());
            let _ = writeln!(
                body,
                "<li><a href=\"{}{}\">{}</a> <span class=\"soft\">{}</span></li>",
                escaped(&run_file(lesson, run)),
                escaped(hash),
                escaped(&run.name),
                escaped(run.source.file())
            );
        }
        body += "</ul>\n<p class=\"soft\">A page hides what comes after the question until you press <kbd>r</kbd>.</p>\n";
    }
    let _ = writeln!(
        body,
        "<p class=\"soft\"><code>nodedown learn start {}</code></p>",
        escaped(&lesson.name)
    );
    frame(course, &lesson.title, &body)
}

/// The questions of a lesson, without their answers.
fn questions_html(lesson: &Lesson) -> String {
    let mut html = String::new();
    for question in &lesson.predict {
        let _ = writeln!(html, "<div class=\"question\"><p>{}</p>", escaped(&question.ask));
        if let QuestionKind::Choice(choices) = &question.kind {
            html += "<ol>\n";
            for choice in choices {
                let _ = writeln!(html, "<li>{}</li>", escaped(&choice.text));
            }
            html += "</ol>\n";
        }
        html += "</div>\n";
    }
    html
}
