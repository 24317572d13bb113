//! `nodedown learn`: a course, from its first question to what is handed in.
//!
//! - `desk`: a student's copy of the course, and what was done in it
//! - `asking`: predictions and other answers; `doing`: runs and pages of a lesson
//! - `checking`: checks, hints, solutions; `overview`: where a student is
//! - `handing`: what is handed in, and its grades
//! - `making`: new courses, and what is wrong with one; `site`: a course as pages

mod asking;
mod checking;
mod desk;
mod doing;
mod handing;
mod making;
mod overview;
mod prose;
mod site;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Ending, Failure};
use crate::course::{Course, NoLesson, Trouble};
use crate::scenario::services::Programs;

use desk::Desk;

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  nodedown learn                        # copies the course here
  nodedown learn start 01               # a lesson: its question
  nodedown learn predict                # what you think, before anything runs
  nodedown learn run                    # what happens, and how far off you were
  nodedown learn check                  # does your changed file meet the task?
  nodedown learn grade ada.json --csv grades.csv")]
pub(super) struct LearnArguments {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// Folder with a course of your own, instead of the one that nodedown carries
    #[arg(long, value_name = "DIR", global = true)]
    course: Option<PathBuf>,
}

#[derive(Clone, Debug, Subcommand)]
enum Verb {
    /// Begin a lesson: its question, and what to do
    Start(StartLesson),
    /// Write predictions down, before anything runs
    Predict(Answers),
    /// Run the lesson: what happens, and how far off the predictions were
    Run(RunLesson),
    /// Write the page of the lesson, to look at what happened
    Look(LookArguments),
    /// Answer a question about what the page shows
    Answer(Answers),
    /// Check the file that you have changed
    Check(ChosenLesson),
    /// Check it again each time that it is saved, until it passes
    Watch(ChosenLesson),
    /// Show the next hint
    Hint(ChosenLesson),
    /// Show the solution
    Solution(ChosenLesson),
    /// Put the files of a lesson back as they were handed out
    Reset(ChosenLesson),
    /// Begin the next lesson
    Next,
    /// List the lessons, and what you have done
    List(ListArguments),
    /// Write what you have done to a file, to hand it in
    Export(ExportProgress),
    /// Grade what was handed in: everything is run again
    Grade(GradeArguments),
    /// Create a course of your own, with one lesson
    New(NewCourse),
    /// Check a course: each lesson is done as a student would do it
    CheckCourse(CheckCourse),
    /// Write a course as a folder of pages that need no server
    Pages(PagesArguments),
}

#[derive(Clone, Debug, Args)]
struct ChosenLesson {
    /// Lesson: its name, its number, or a part of its name [default: the one that you are at]
    lesson: Option<String>,
}

#[derive(Clone, Debug, Args)]
struct StartLesson {
    /// Lesson: its name, its number, or a part of its name [default: the one that you are at]
    lesson: Option<String>,
    /// Language of the text, where there is a translation, such as `de`
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<String>,
}

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  nodedown learn predict              # asks each question
  nodedown learn predict when 7.5s    # one question
  nodedown learn answer 03 neither    # of another lesson")]
struct Answers {
    /// Lesson (if it is another), question (if there are several), and the answer
    #[arg(value_name = "[LESSON] [QUESTION] ANSWER", allow_hyphen_values = true)]
    words: Vec<String>,
}

#[derive(Clone, Debug, Args)]
struct RunLesson {
    /// Lesson [default: the one that you are at]
    lesson: Option<String>,
    /// Name of the run, if the lesson has several
    #[arg(long, value_name = "NAME")]
    run: Option<String>,
}

#[derive(Clone, Debug, Args)]
struct LookArguments {
    /// Lesson [default: the one that you are at]
    lesson: Option<String>,
    /// Name of the run, if the lesson has several
    #[arg(long, value_name = "NAME")]
    run: Option<String>,
    /// File of the page [default: the name of the run, beside the lesson]
    #[arg(long, value_name = "PAGE")]
    out: Option<PathBuf>,
}

#[derive(Clone, Debug, Args)]
struct ListArguments {
    /// Lessons of one way through the course, such as `operators`
    #[arg(long, value_name = "NAME")]
    path: Option<String>,
}

#[derive(Clone, Debug, Args)]
struct ExportProgress {
    /// File to write; its name is the student's in the grades
    #[arg(long, value_name = "FILE", default_value = "handed-in.json")]
    out: PathBuf,
}

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  nodedown learn grade ada.json alan.json
  nodedown learn grade ada.json --csv grades.csv --junit grades.xml")]
struct GradeArguments {
    /// Files that were handed in
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Write the grades as CSV
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Write the grades as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

#[derive(Clone, Debug, Args)]
struct NewCourse {
    /// Folder to create
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

#[derive(Clone, Debug, Args)]
struct CheckCourse {
    /// Folder of the course [default: the one that nodedown carries]
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Only these lessons
    #[arg(long, value_name = "LESSON,...", value_delimiter = ',')]
    lessons: Vec<String>,
}

#[derive(Clone, Debug, Args)]
struct PagesArguments {
    /// Folder to write the pages to
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Only these lessons
    #[arg(long, value_name = "LESSON,...", value_delimiter = ',')]
    lessons: Vec<String>,
    /// Language of the texts, where there are translations, such as `de`
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<String>,
}

pub(super) fn learn(programs: &Programs, arguments: &LearnArguments) -> Result<Ending, Failure> {
    let course = arguments.course.as_deref();
    let Some(verb) = &arguments.verb else { return overview::arrive(programs, course) };
    match verb {
        Verb::New(new) => return making::new(&new.folder),
        Verb::CheckCourse(check) => return making::check_course(programs, check, course),
        Verb::Pages(pages) => return site::pages(programs, pages, course),
        Verb::Grade(grade) => return handing::grade(programs, grade, course),
        Verb::Start(_)
        | Verb::Predict(_)
        | Verb::Run(_)
        | Verb::Look(_)
        | Verb::Answer(_)
        | Verb::Check(_)
        | Verb::Watch(_)
        | Verb::Hint(_)
        | Verb::Solution(_)
        | Verb::Reset(_)
        | Verb::Next
        | Verb::List(_)
        | Verb::Export(_) => {}
    }
    if course.is_some() {
        let error = "--course goes with `learn` alone, `grade`, `pages` and `check-course`: a copy knows its course";
        return Err(usage(error));
    }
    let mut desk = Desk::open()?;
    match verb {
        Verb::Start(chosen) => {
            overview::start(&mut desk, chosen.lesson.as_deref(), chosen.language.as_deref())
        }
        Verb::Next => overview::next(&mut desk),
        Verb::List(list) => overview::list(&desk, list.path.as_deref()),
        Verb::Predict(answers) => asking::predict(programs, &mut desk, &answers.words),
        Verb::Answer(answers) => asking::answer(programs, &mut desk, &answers.words),
        Verb::Run(run) => doing::run(programs, &mut desk, run),
        Verb::Look(look) => doing::look(programs, &mut desk, look),
        Verb::Check(chosen) => checking::check(programs, &mut desk, chosen.lesson.as_deref()),
        Verb::Watch(chosen) => checking::watch(programs, &mut desk, chosen.lesson.as_deref()),
        Verb::Hint(chosen) => checking::hint(&mut desk, chosen.lesson.as_deref()),
        Verb::Solution(chosen) => checking::solution(&mut desk, chosen.lesson.as_deref()),
        Verb::Reset(chosen) => checking::reset(&mut desk, chosen.lesson.as_deref()),
        Verb::Export(export) => handing::export(programs, &desk, &export.out),
        Verb::New(_) | Verb::CheckCourse(_) | Verb::Pages(_) | Verb::Grade(_) => {
            unreachable!("these were done")
        }
    }
}

/// The course in a folder, or the one that nodedown carries.
fn course_of(folder: Option<&std::path::Path>) -> Result<Course, Failure> {
    use crate::course::CourseFiles;
    let files = match folder {
        None => CourseFiles::Carried,
        Some(folder) => {
            if !folder.is_dir() {
                let error = format!("{}: there is no such folder", folder.display());
                return Err(Failure::Usage(vec![error]));
            }
            let whole = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
            let here = std::env::current_dir().unwrap_or_default();
            let short = whole.strip_prefix(&here).map(std::path::Path::to_owned);
            CourseFiles::Folder(
                short.ok().filter(|path| !path.as_os_str().is_empty()).unwrap_or(whole),
            )
        }
    };
    Course::read(files).map_err(|mistakes| Failure::Mistakes(vec![mistakes]))
}

/// A mistake of whoever typed the command.
fn usage(error: impl Into<String>) -> Failure {
    Failure::Usage(vec![error.into()])
}

impl From<NoLesson> for Failure {
    fn from(error: NoLesson) -> Failure {
        match error {
            NoLesson::Mistakes(mistakes) => Failure::Mistakes(vec![mistakes]),
            NoLesson::Unknown(..) => usage(error.to_string()),
        }
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Failure {
        match trouble {
            Trouble::Mistakes(mistakes) => Failure::Mistakes(vec![*mistakes]),
            Trouble::Skipped(why) => Failure::NoErlang(why),
        }
    }
}
