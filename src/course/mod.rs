//! Courses: lessons that ask, run and check.
//!
//! **Invariant**: answers are computed from runs and never kept: a lesson says which value of which run is
//! the answer. It prints nothing, and knows no state of a student.
//!
//! - `shape`: what `course.json` and `lesson.json` may say; `reading`: the way from the file
//! - `outline`: a course; `lesson`: a lesson; `files`: where their files are
//! - `modules`: the modules of a lesson, compiled
//! - `bench`: the runs of a lesson; `records`: their records; `path`: paths into their documents
//! - `evaluate`: values and conditions; `measured`: values, and answers compared with them
//! - `checks`: what a student's file has to meet; `trouble`: why something cannot be evaluated
//! - `audit`: what is wrong with a course
//! - `prose`: the texts of lessons as HTML

mod audit;
mod bench;
mod checks;
mod evaluate;
mod files;
mod lesson;
mod measured;
mod modules;
mod outline;
mod path;
mod prose;
mod reading;
mod records;
mod shape;
#[cfg(test)]
mod tests;
mod trouble;

pub use audit::{AuditCounts, LessonAudit, STEPS_MAX, audit_course, audit_lesson};
pub use bench::{DoneRun, LessonBench, PlayedTranscript, RunDocument};
pub use checks::CheckResult;
pub use files::{CourseFiles, normal};
pub use lesson::{
    Choosable, Lesson, LessonCheck, LessonCondition, LessonQuestion, LessonRun, LessonTask,
    LessonValue, Look, QuestionKind, RunSource, Tolerated,
};
pub use measured::{Compared, Measured, compare};
pub use outline::{COURSE_FILE, Course, NoLesson, Unit};
pub use prose::{prose_html, section};
pub use shape::{course_schema, lesson_schema};
pub use trouble::Trouble;
