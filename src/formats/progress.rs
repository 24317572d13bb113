//! `progress`: what a student has done in a course.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Version;

/// The work of a student in a course; handed in with the files that it was done in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProgressJson {
    /// The version of the format.
    pub progress: Version<1>,
    /// The title of the course.
    pub course: String,
    /// The folder of the course; `null` for the one that nodedown carries.
    pub from: Option<String>,
    /// The lesson that was begun last.
    pub lesson: Option<String>,
    /// The lessons that were begun, by their names.
    pub lessons: BTreeMap<String, LessonProgressJson>,
}

/// The work of a student in a lesson.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LessonProgressJson {
    /// The predictions, in the order in which they were made.
    pub predictions: Vec<AnsweredJson>,
    /// The answers that were found in the page, in the order in which they were given.
    pub answers: Vec<AnsweredJson>,
    /// The number of runs.
    pub runs: u32,
    /// The number of hints that were shown.
    pub hints: u32,
    /// True if the solution was shown.
    pub solution: bool,
    /// True if the student's file has passed all checks.
    pub passed: bool,
    /// The file that the student has changed; `null` until it is handed in.
    pub work: Option<WorkJson>,
}

/// The answer to a question.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AnsweredJson {
    /// The question.
    pub id: String,
    /// The answer, as it was given; of choices the number, counted from 1.
    pub said: String,
    /// True if it was given after the first run.
    pub late: bool,
}

/// A file that was handed in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WorkJson {
    /// The name of the file.
    pub file: String,
    /// Its text.
    pub text: String,
    /// The digest of its run; `null` if it is no scenario that can be run.
    pub digest: Option<String>,
}
