//! Mistakes in a course: each lesson is done as a student would do it.

use std::collections::BTreeMap;

use crate::document::Document;
use crate::document::diagnostic::{Diagnostics, suggestion};
use crate::engine::trace::Detail;
use crate::scenario::services::Programs;

use super::bench::{LessonBench, RunDocument};
use super::checks::differences;
use super::files::CourseFiles;
use super::lesson::{Lesson, LessonQuestion, QuestionKind, RunSource};
use super::measured::Measured;
use super::outline::{Course, NoLesson};
use super::trouble::Trouble;

/// The headings of a lesson's text, in their order.
const HEADINGS: [&str; 6] = ["Question", "Predict", "Do", "Look", "Why it is so", "Read on"];

/// The most lines of a lesson's text.
const LINES_MAX: usize = 80;

/// The most steps of simulations that all questions and checks of a lesson are to take, on what is handed
/// out and on the solution: a few seconds of an optimised build.
pub const STEPS_MAX: u64 = 1_500_000;

/// The numbers of things that were looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuditCounts {
    /// The lessons.
    pub lessons: usize,
    /// The questions with a value.
    pub values: usize,
    /// The choices.
    pub choices: usize,
    /// The checks, each done on the start and on the solution.
    pub checks: usize,
    /// The steps of transcripts.
    pub steps: usize,
}

impl AuditCounts {
    /// Adds those of another lesson.
    pub fn add(&mut self, other: AuditCounts) {
        self.lessons += other.lessons;
        self.values += other.values;
        self.choices += other.choices;
        self.checks += other.checks;
        self.steps += other.steps;
    }
}

/// A lesson that was looked at.
#[derive(Debug, Default)]
pub struct LessonAudit {
    /// The mistakes, those of one file together.
    pub mistakes: Vec<Diagnostics>,
    /// The reasons why something was not looked at.
    pub skipped: Vec<String>,
    /// The numbers of things that were looked at.
    pub counts: AuditCounts,
    /// The steps of all simulations: the same on every machine.
    pub simulated: u64,
}

impl LessonAudit {
    fn take(&mut self, trouble: Trouble) {
        match trouble {
            Trouble::Mistakes(diagnostics) => self.mistakes.push(*diagnostics),
            Trouble::Skipped(why) => self.skipped.push(why),
        }
    }
}

/// The mistakes of a course as a whole: lessons that come before themselves, or after none that
/// there is.
#[must_use]
pub fn audit_course(course: &Course) -> Vec<Diagnostics> {
    let known: Vec<&str> = course.lessons().collect();
    let lessons: Vec<Lesson> = known.iter().filter_map(|name| course.lesson(name).ok()).collect();
    let after: BTreeMap<&str, &[String]> =
        lessons.iter().map(|lesson| (lesson.name.as_str(), lesson.after.as_slice())).collect();
    let mut found = Vec::new();
    for lesson in &lessons {
        let mut diagnostics = lesson.diagnostics();
        for name in &lesson.after {
            if !known.contains(&name.as_str()) {
                let error =
                    diagnostics.error(&lesson.source.after, format!("there is no lesson `{name}`"));
                error.help_with(|| suggestion(name, &known, "lessons"));
            }
        }
        if let Some(way) = cycle(&lesson.name, &after) {
            let message = format!("the lesson comes after itself: {}", way.join(" after "));
            diagnostics
                .error(&lesson.source.after, message)
                .help("take one of them out of `after`");
        }
        if diagnostics.has_errors() {
            found.push(diagnostics);
        }
    }
    found
}

/// The way from a lesson back to itself.
fn cycle<'a>(start: &'a str, after: &BTreeMap<&'a str, &'a [String]>) -> Option<Vec<&'a str>> {
    let mut stack = vec![vec![start]];
    let mut seen = Vec::new();
    while let Some(way) = stack.pop() {
        let last = *way.last()?;
        for next in after.get(last).copied().unwrap_or_default() {
            let mut longer = way.clone();
            longer.push(next);
            if next == start {
                return Some(longer);
            }
            if !seen.contains(next) {
                seen.push(next.clone());
                stack.push(longer);
            }
        }
    }
    None
}

/// Does a lesson as a student would do it, and says what is wrong with it, also if it takes more than these
/// steps.
#[must_use]
pub fn audit_lesson(
    programs: &Programs,
    files: &CourseFiles,
    course: &Course,
    (name, steps_max): (&str, u64),
    document: RunDocument,
) -> LessonAudit {
    let mut audit = LessonAudit::default();
    audit.counts.lessons = 1;
    let lesson = match course.lesson(name) {
        Ok(lesson) => lesson,
        Err(NoLesson::Mistakes(mistakes)) => {
            audit.mistakes.push(mistakes);
            return audit;
        }
        Err(NoLesson::Unknown(..)) => return audit,
    };
    audit.mistakes.extend(text_mistakes(files, &lesson));
    let bench = LessonBench::new(programs, files, &lesson, document);
    let start = Auditor { programs, files, lesson: &lesson, bench: &bench, document };
    start.runs(&mut audit);
    // A run that is none is told once.
    if audit.mistakes.is_empty() {
        start.questions(&mut audit);
        start.checks(&mut audit);
        start.look(&mut audit);
        audit.simulated += bench.steps();
        start.patience(steps_max, &mut audit);
    }
    audit
}

struct Auditor<'a> {
    programs: &'a Programs,
    files: &'a CourseFiles,
    lesson: &'a Lesson,
    bench: &'a LessonBench<'a>,
    document: RunDocument,
}

impl Auditor<'_> {
    /// The runs are what they say, and transcripts answer as they are written.
    fn runs(&self, audit: &mut LessonAudit) {
        for run in &self.lesson.runs {
            let looked = match &run.source {
                RunSource::Scenario { file, .. } => {
                    self.bench.scenario(file, None, &run.at).map(drop)
                }
                RunSource::History { .. } => self.bench.history(run).map(drop),
                RunSource::Transcript { .. } => self.transcript(run, audit),
            };
            if let Err(trouble) = looked {
                audit.take(trouble);
            }
        }
    }

    fn transcript(
        &self,
        run: &super::lesson::LessonRun,
        audit: &mut LessonAudit,
    ) -> Result<(), Trouble> {
        let written = self.bench.transcript(run)?;
        let (name, text) = self.bench.text(run.source.file(), &run.at)?;
        let RunSource::Transcript { seed, .. } = run.source else { return Ok(()) };
        audit.counts.steps += written.commands().count();
        let differences = written.differences(seed);
        if differences.is_empty() {
            return Ok(());
        }
        let mut diagnostics = Diagnostics::new(&name, &text);
        for each in differences {
            let before =
                text.split_inclusive('\n').take(each.line - 1).map(str::len).sum::<usize>();
            let end = before + text[before..].find('\n').unwrap_or(text.len() - before);
            let found =
                if each.found.is_empty() { "nothing".to_owned() } else { each.found.join("\n") };
            let message = format!("`{}` does not answer as it is written here", each.command);
            diagnostics.error(&(before..end), message).help(format!("it answers: {found}"));
        }
        Err(diagnostics.into())
    }

    /// Each value is there and finite, and exactly one choice holds.
    fn questions(&self, audit: &mut LessonAudit) {
        for question in self.lesson.predict.iter().chain(&self.lesson.find) {
            if let Err(trouble) = self.question(question, audit) {
                audit.take(trouble);
            }
        }
    }

    fn question(&self, question: &LessonQuestion, audit: &mut LessonAudit) -> Result<(), Trouble> {
        match &question.kind {
            QuestionKind::Value { value, unit, .. } => {
                audit.counts.values += 1;
                let found = self.bench.answer(value)?;
                let wrong = match (&found, unit.as_str()) {
                    (Measured::Time(_), "s" | "ms" | "us" | "ns" | "min" | "m") => None,
                    (Measured::Time(_), _) => Some("write \"s\", \"ms\" or \"us\" as its `unit`"),
                    (_, "s" | "ms" | "us" | "ns") => Some("the answer is no time"),
                    (_, _) => None,
                };
                match wrong {
                    Some(help) => {
                        let message = format!("the answer is {found}, and the unit is `{unit}`");
                        Err(self.bench.trouble(&question.at, &message, help))
                    }
                    None => Ok(()),
                }
            }
            QuestionKind::Choice(choices) => {
                audit.counts.choices += choices.len();
                let mut holding = Vec::new();
                for choice in choices {
                    if self.bench.holds(choice)? {
                        holding.push(choice);
                    }
                }
                match holding.as_slice() {
                    [_] => Ok(()),
                    [] => {
                        let message = format!("no choice of `{}` holds", question.id);
                        Err(self.bench.trouble(&question.at, &message, "exactly one has to hold"))
                    }
                    [first, second, ..] => {
                        let message = format!(
                            "two choices of `{}` hold: \"{}\" and \"{}\"",
                            question.id, first.text, second.text
                        );
                        Err(self.bench.trouble(&second.at, &message, "exactly one has to hold"))
                    }
                }
            }
        }
    }

    /// The start does not pass, and the solution does; the hints do not tell it.
    fn checks(&self, audit: &mut LessonAudit) {
        let Some(task) = &self.lesson.task else { return };
        if self.lesson.checks.is_empty() {
            let help = "write `checks`, or leave the task out";
            audit.take(self.bench.trouble(&task.at, "nothing is checked of this task", help));
            return;
        }
        audit.counts.checks += self.lesson.checks.len();
        match self.bench.check_all() {
            Ok(results) if results.iter().all(|result| result.passed) => {
                let message = format!("`{}` passes as it is handed out", task.edit);
                let help = "there has to be something to do";
                audit.take(self.bench.trouble(&task.at, &message, help));
            }
            Ok(_) => {}
            Err(trouble) => audit.take(trouble),
        }
        let Some(file) = self.lesson.solution_file() else { return };
        let path = format!("{}/{file}", self.lesson.name);
        let Some(solution) = self.files.read(&path) else {
            let message = format!("there is no `{file}`");
            audit.take(self.bench.trouble(
                &task.at,
                &message,
                "a task needs a solution that passes",
            ));
            return;
        };
        let name = self.files.shown(&path);
        let bench = LessonBench::new(self.programs, self.files, self.lesson, self.document);
        let bench = bench.edited(&name, solution.clone());
        match bench.check_all() {
            Ok(results) => {
                let mut mistakes = Diagnostics::new(&name, &solution);
                for result in results.iter().filter(|result| !result.passed) {
                    let seed =
                        result.seed.map_or_else(String::new, |seed| format!(" (seed {seed})"));
                    let message = format!("the solution does not pass: {}{seed}", result.what);
                    mistakes.error(&(0..0), message).help(result.why.join("; "));
                }
                if mistakes.has_errors() {
                    audit.mistakes.push(mistakes);
                }
            }
            Err(trouble) => audit.take(trouble),
        }
        audit.simulated += bench.steps();
        self.hints(&task.edit, &solution, audit);
    }

    /// Reports a lesson that simulates more than students have the patience for.
    fn patience(&self, steps_max: u64, audit: &mut LessonAudit) {
        let steps = audit.simulated;
        if steps > steps_max {
            let message = format!("the lesson simulates {steps} steps; at most {steps_max}");
            let help = "fewer seeds, shorter runs, fewer users";
            audit.take(self.bench.trouble(&(0..0), &message, help));
        }
    }

    /// Reports hints that contain what the solution writes.
    fn hints(&self, edit: &str, solution: &str, audit: &mut LessonAudit) {
        let start = self.files.read(&format!("{}/{edit}", self.lesson.name)).unwrap_or_default();
        let told = if edit.ends_with(".transcript") {
            let known: Vec<&str> = start.lines().collect();
            let new =
                solution.lines().filter(|line| line.starts_with("> ") && !known.contains(line));
            new.map(|line| line.trim_start_matches("> ").to_owned()).collect()
        } else {
            new_values(&start, solution)
        };
        let mut diagnostics = self.lesson.diagnostics();
        for (hint, span) in self.lesson.hints.iter().zip(&self.lesson.source.hints) {
            for value in &told {
                if contains_word(hint, value) {
                    let message = format!("the hint tells the solution: `{value}`");
                    diagnostics.error(span, message).help("ask a question that leads there");
                }
            }
        }
        if diagnostics.has_errors() {
            audit.mistakes.push(diagnostics);
        }
    }

    /// The part of the page that is looked at has records in it.
    fn look(&self, audit: &mut LessonAudit) {
        let Some(look) = &self.lesson.look else { return };
        let Some(run) = self.lesson.run_named(look.run.as_deref()) else { return };
        let Some((from, to)) = look.window else { return };
        let inside = |trace: &crate::engine::trace::Trace| {
            let times = trace.records().iter().map(|record| record.at.as_secs_f64());
            times.filter(|at| (from..=to).contains(at)).count()
        };
        let count = match &run.source {
            RunSource::Scenario { .. } => {
                self.bench.done(run, Detail::Full).map(|done| inside(&done.run.trace))
            }
            RunSource::Transcript { .. } => {
                self.bench.played(run).map(|played| inside(&played.session.trace()))
            }
            RunSource::History { .. } => {
                let help = "name a run that has a page";
                Err(self.bench.trouble(&look.at, "a history has no page", help))
            }
        };
        match count {
            Ok(0) => {
                let message = format!("nothing happens in `{}` from {from} s to {to} s", run.name);
                audit.take(self.bench.trouble(&look.at, &message, "name a part of the run"));
            }
            Ok(_) => {}
            Err(trouble) => audit.take(trouble),
        }
    }
}

/// The values that a solution has and what is handed out has not, as they are written.
fn new_values(start: &str, solution: &str) -> Vec<String> {
    let read = |text: &str| Document::parse(text, "").root.map(|root| root.to_json());
    let (Some(start), Some(solution)) = (read(start), read(solution)) else { return Vec::new() };
    let mut places = Vec::new();
    differences(&start, &solution, "", &mut places);
    let values = places.iter().filter_map(|place| solution.pointer(place));
    let texts = values.filter_map(|value| match value {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    });
    texts.filter(|text| text.len() > 1).collect()
}

/// True if a text contains a word that does not go on.
fn contains_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        let behind = text[start + word.len()..].chars().next();
        let goes_on = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        !goes_on(before) && !goes_on(behind)
    })
}

/// The mistakes in the text of a lesson.
fn text_mistakes(files: &CourseFiles, lesson: &Lesson) -> Option<Diagnostics> {
    let path = format!("{}/lesson.md", lesson.name);
    let name = files.shown(&path);
    let Some(text) = files.read(&path) else {
        let mut missing = Diagnostics::new(&name, "");
        missing.error(&(0..0), "the file is not there").help("each lesson has a `lesson.md`");
        return Some(missing);
    };
    let mut diagnostics = Diagnostics::new(&name, &text);
    if !text.starts_with("# ") {
        diagnostics.error(&(0..0), "there is no title").help("begin with `# Title`");
    }
    let mut at = 0;
    let mut found = Vec::new();
    for line in text.split_inclusive('\n') {
        if let Some(heading) = line.strip_prefix("## ") {
            let heading = heading.trim();
            if !HEADINGS.contains(&heading) {
                let message = format!("unknown heading `{heading}`");
                let error = diagnostics.error(&(at..at + line.trim_end().len()), message);
                error.help(suggestion(heading, &HEADINGS, "headings"));
            }
            found.push(heading);
        }
        at += line.len();
    }
    let wanted = HEADINGS.iter().filter(|heading| found.contains(heading)).copied();
    if found.iter().all(|heading| HEADINGS.contains(heading)) && !wanted.eq(found.iter().copied()) {
        let help = format!("their order is {}", HEADINGS.join(", "));
        diagnostics.error(&(0..0), "the headings are not in their order").help(help);
    }
    for heading in ["Question", "Do", "Why it is so"] {
        if !found.contains(&heading) {
            let message = format!("the heading `## {heading}` is missing");
            diagnostics
                .error(&(0..0), message)
                .help(format!("a lesson has {}", HEADINGS.join(", ")));
        }
    }
    let lines = text.lines().count();
    if lines > LINES_MAX {
        let message = format!("{lines} lines are too long for one idea");
        diagnostics.error(&(0..0), message).help(format!("write at most {LINES_MAX} lines"));
    }
    diagnostics.has_errors().then_some(diagnostics)
}
