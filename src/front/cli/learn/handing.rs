//! Work that is handed in, and its grades: everything is run again.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::asking::judge;
use super::desk::{Desk, said, shown};
use super::{GradeArguments, course_of, usage};
use crate::course::{Course, Lesson, LessonBench, LessonQuestion, RunSource};
use crate::engine::trace::Detail;
use crate::formats::progress::{AnsweredJson, LessonProgressJson, ProgressJson, WorkJson};
use crate::front::cli::files::Outputs;
use crate::front::cli::{Ending, Failure, terminal};
use crate::front::report;
use crate::scenario::services::Programs;

/// Writes what was done to a file, with the files that were changed.
pub(super) fn export(programs: &Programs, desk: &Desk, out: &Path) -> Result<Ending, Failure> {
    let mut handed_in = desk.progress.clone();
    // Where the course is on the student's machine says nothing to the teacher.
    handed_in.from = None;
    for (name, progress) in &mut handed_in.lessons {
        let Ok(lesson) = desk.course.lesson(name) else { continue };
        let Some(path) = desk.work(&lesson) else { continue };
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let file = lesson.task.as_ref().map(|task| task.edit.clone()).unwrap_or_default();
        let bench = desk.bench(programs, &lesson).edited(&file, text.clone());
        progress.work = Some(WorkJson { file, text, digest: digest(&bench, &lesson) });
    }
    let mut outputs = Outputs::beside(&[] as &[PathBuf]);
    let file = outputs.open("--out", out)?;
    let written = file.path().map(Path::to_owned);
    file.write(|out| {
        serde_json::to_writer_pretty(&mut *out, &handed_in).map_err(io::Error::from)?;
        writeln!(out)
    })?;
    if let Some(path) = written {
        let count = handed_in.lessons.len();
        writeln!(terminal::out(), "{count} lessons are in {}; hand it in", shown(&path))?;
    }
    Ok(Ending::Pass)
}

/// The digest of the run of what a student has changed; `None` if it is no scenario that runs.
fn digest(bench: &LessonBench<'_>, lesson: &Lesson) -> Option<String> {
    let run = lesson.edited_run()?;
    match run.source {
        RunSource::Scenario { .. } => {
            let done = bench.done(run, Detail::Story).ok()?;
            Some(done.run.trace.digest().to_string())
        }
        RunSource::Transcript { .. } => {
            let played = bench.played(run).ok()?;
            let digest = played.session.trace().digest().to_string();
            Some(digest)
        }
        RunSource::History { .. } => None,
    }
}

/// The grades of a lesson.
#[derive(Debug, Default)]
struct LessonGrade {
    student: String,
    lesson: String,
    /// The predictions that were right, of how many, and how many were late.
    predicted: (usize, usize, usize),
    /// The answers that were right, of how many.
    answered: (usize, usize),
    /// The task: `None` if there is none.
    passed: Option<bool>,
    /// True if the run is the one that was handed in.
    same_run: Option<bool>,
    hints: u32,
    solution: bool,
    why: Vec<String>,
}

impl LessonGrade {
    /// True if the lesson is done: all predictions are written down, and the rest is right.
    fn is_done(&self) -> bool {
        self.passed != Some(false)
            && self.answered.0 == self.answered.1
            && self.same_run != Some(false)
    }
}

/// Grades what was handed in.
pub(super) fn grade(
    programs: &Programs,
    arguments: &GradeArguments,
    course: Option<&Path>,
) -> Result<Ending, Failure> {
    let course = course_of(course)?;
    let mut outputs = Outputs::beside(&arguments.files);
    let csv = outputs.open_if("--csv", arguments.csv.as_deref())?;
    let junit = outputs.open_if("--junit", arguments.junit.as_deref())?;
    let mut grades = Vec::new();
    for path in &arguments.files {
        let text = fs::read_to_string(path)
            .map_err(|error| Failure::Read { path: path.clone(), error })?;
        let handed_in: ProgressJson = serde_json::from_str(&text).map_err(|error| {
            usage(format!(
                "{}: this was not written by `nodedown learn export`: {error}",
                path.display()
            ))
        })?;
        if handed_in.course != course.title {
            return Err(usage(format!(
                "{} is of the course \"{}\", and this is \"{}\": name the folder with --course",
                path.display(),
                handed_in.course,
                course.title
            )));
        }
        let student = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        grades.extend(grades_of(programs, &course, &student, &handed_in));
    }
    let mut out = outputs.people();
    for grade in &grades {
        write!(out, "{}", grade_text(grade))?;
    }
    let done = grades.iter().filter(|grade| grade.is_done()).count();
    writeln!(out, "{done} of {} lessons are done", grades.len())?;
    if let Some(file) = csv {
        file.write(|out| write_csv(&grades, out))?;
    }
    if let Some(file) = junit {
        file.write(|out| write_junit(&grades, out))?;
    }
    Ok(if done == grades.len() { Ending::Pass } else { Ending::Violated })
}

fn grades_of(
    programs: &Programs,
    course: &Course,
    student: &str,
    handed_in: &ProgressJson,
) -> Vec<LessonGrade> {
    let lessons = course.lessons().filter_map(|name| Some((name, handed_in.lessons.get(name)?)));
    let mut grades: Vec<LessonGrade> = lessons
        .map(|(name, progress)| {
            let grade = LessonGrade {
                student: student.to_owned(),
                lesson: name.to_owned(),
                hints: progress.hints,
                solution: progress.solution,
                ..LessonGrade::default()
            };
            graded(programs, course, grade, progress)
        })
        .collect();
    let unknown =
        handed_in.lessons.keys().filter(|name| !course.lessons().any(|each| each == *name));
    grades.extend(unknown.map(|name| LessonGrade {
        student: student.to_owned(),
        lesson: name.clone(),
        passed: Some(false),
        why: vec!["the course has no such lesson".to_owned()],
        ..LessonGrade::default()
    }));
    grades
}

fn graded(
    programs: &Programs,
    course: &Course,
    mut grade: LessonGrade,
    progress: &LessonProgressJson,
) -> LessonGrade {
    let lesson = match course.lesson(&grade.lesson) {
        Ok(lesson) => lesson,
        Err(error) => {
            grade.why.push(error.to_string());
            return grade;
        }
    };
    let bench = LessonBench::new(programs, &course.files, &lesson, report::run_json);
    let late = |question: &&LessonQuestion| {
        said(&progress.predictions, &question.id).is_some_and(|answer| answer.late)
    };
    grade.predicted = (
        right(&bench, &lesson.predict, &progress.predictions),
        lesson.predict.len(),
        lesson.predict.iter().filter(late).count(),
    );
    grade.answered = (right(&bench, &lesson.find, &progress.answers), lesson.find.len());
    let Some(task) = &lesson.task else { return grade };
    let Some(work) = &progress.work else {
        grade.passed = Some(false);
        grade.why.push(format!("{} was not handed in", task.edit));
        return grade;
    };
    let bench = bench.edited(&format!("{}: {}", grade.student, work.file), work.text.clone());
    match bench.check_all() {
        Ok(results) => {
            grade.passed = Some(results.iter().all(|result| result.passed));
            let failed = results.iter().filter(|result| !result.passed);
            grade
                .why
                .extend(failed.map(|result| format!("{}: {}", result.what, result.why.join("; "))));
        }
        Err(trouble) => {
            grade.passed = Some(false);
            grade.why.push(trouble.to_string());
        }
    }
    let again = digest(&bench, &lesson);
    grade.same_run = work.digest.as_ref().map(|digest| Some(digest) == again.as_ref());
    if grade.same_run == Some(false) {
        grade.why.push(
            "the run is not the one that was handed in: another version, or another file"
                .to_owned(),
        );
    }
    grade
}

/// The number of questions that were answered rightly.
fn right(bench: &LessonBench<'_>, questions: &[LessonQuestion], answers: &[AnsweredJson]) -> usize {
    let is_right = |question: &&LessonQuestion| {
        let answer = said(answers, &question.id);
        answer
            .is_some_and(|answer| judge(bench, question, &answer.said).is_ok_and(|it| it.is_right))
    };
    questions.iter().filter(is_right).count()
}

fn grade_text(grade: &LessonGrade) -> String {
    let LessonGrade { student, lesson, predicted, answered, passed, .. } = grade;
    let mut parts = Vec::new();
    if predicted.1 > 0 {
        let late = if predicted.2 > 0 { format!(", {} late", predicted.2) } else { String::new() };
        parts.push(format!("predicted {} of {}{late}", predicted.0, predicted.1));
    }
    if answered.1 > 0 {
        parts.push(format!("found {} of {}", answered.0, answered.1));
    }
    match passed {
        Some(true) => parts.push("task passed".to_owned()),
        Some(false) => parts.push("task not passed".to_owned()),
        None => {}
    }
    if grade.hints > 0 {
        parts.push(format!("{} hints", grade.hints));
    }
    if grade.solution {
        parts.push("saw the solution".to_owned());
    }
    let mark = if grade.is_done() { "done" } else { "open" };
    let mut text = format!("{student}  {lesson}  {mark}: {}\n", parts.join(", "));
    for why in &grade.why {
        for line in why.lines().take(4) {
            let _ = writeln!(text, "    {line}");
        }
    }
    text
}

fn write_csv(grades: &[LessonGrade], out: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record([
        "student",
        "lesson",
        "done",
        "predicted_right",
        "predictions",
        "late",
        "found_right",
        "to_find",
        "task_passed",
        "same_run",
        "hints",
        "saw_solution",
        "why",
    ])?;
    let truth = |truth: Option<bool>| truth.map_or(String::new(), |truth| truth.to_string());
    for grade in grades {
        csv.write_record([
            grade.student.clone(),
            grade.lesson.clone(),
            grade.is_done().to_string(),
            grade.predicted.0.to_string(),
            grade.predicted.1.to_string(),
            grade.predicted.2.to_string(),
            grade.answered.0.to_string(),
            grade.answered.1.to_string(),
            truth(grade.passed),
            truth(grade.same_run),
            grade.hints.to_string(),
            grade.solution.to_string(),
            grade.why.join("; "),
        ])?;
    }
    csv.flush()
}

fn write_junit(grades: &[LessonGrade], out: &mut dyn Write) -> io::Result<()> {
    let mut junit = Report::new("nodedown learn");
    let mut students: Vec<&str> = grades.iter().map(|grade| grade.student.as_str()).collect();
    students.dedup();
    for student in students {
        let mut suite = TestSuite::new(student);
        for grade in grades.iter().filter(|grade| grade.student == student) {
            let status = if grade.is_done() {
                TestCaseStatus::success()
            } else {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_message(grade_text(grade).lines().next().unwrap_or_default());
                status.set_description(grade.why.join("\n"));
                status
            };
            let mut case = TestCase::new(&grade.lesson, status);
            case.set_classname(student);
            suite.add_test_case(case);
        }
        junit.add_test_suite(suite);
    }
    junit.serialize(out).map_err(io::Error::other)
}
