//! The reasons why something of a lesson cannot be evaluated.

use crate::document::diagnostic::Diagnostics;
use crate::document::syntax::Span;
use crate::scenario::ScenarioError;

use super::lesson::Lesson;

/// The reason why something of a lesson cannot be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// Mistakes in a file of the lesson, or in that of the student.
    #[error("{0}")]
    Mistakes(Box<Diagnostics>),
    /// It needs something that is not on this machine: why.
    #[error("{0}")]
    Skipped(String),
}

impl Trouble {
    /// A mistake at a place of the `lesson.json`.
    pub(super) fn at(lesson: &Lesson, at: &Span, message: &str, help: &str) -> Trouble {
        let mut diagnostics = lesson.diagnostics();
        let error = diagnostics.error(at, message);
        if !help.is_empty() {
            error.help(help);
        }
        Trouble::Mistakes(Box::new(diagnostics))
    }
}

impl From<Diagnostics> for Trouble {
    fn from(diagnostics: Diagnostics) -> Trouble {
        Trouble::Mistakes(Box::new(diagnostics))
    }
}

impl From<ScenarioError> for Trouble {
    fn from(error: ScenarioError) -> Trouble {
        match error {
            ScenarioError::Invalid(diagnostics) => diagnostics.into(),
            other @ (ScenarioError::Read { .. } | ScenarioError::NoErlang(_)) => {
                Trouble::Skipped(other.to_string())
            }
        }
    }
}
