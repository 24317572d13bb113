//! The text of a scenario, which threads share: each parses its own scenario from it.

use std::path::Path;

use crate::document::Document;
use crate::document::shape::Catalogue;
use crate::engine::rng::fnv1a;
use crate::scenario::{Scenario, ScenarioError, read_text};
use crate::verdict::record::{Record, looks_like_a_record};

/// The text of a scenario file, or of the record of a run, and its name for messages and commands.
///
/// ```
/// use nodedown::explore::ScenarioText;
///
/// let text = ScenarioText::read("scenarios/chat-failover.json")?;
/// assert_eq!(text.file(), "scenarios/chat-failover.json");
/// # Ok::<(), nodedown::scenario::ScenarioError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioText {
    file: String,
    text: String,
}

impl ScenarioText {
    /// A text that is in no file, and a name for it.
    #[must_use]
    pub fn new(file: &str, text: &str) -> ScenarioText {
        ScenarioText { file: file.to_owned(), text: text.to_owned() }
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// [`ScenarioError::Read`] when the file cannot be read.
    pub fn read(path: impl AsRef<Path>) -> Result<ScenarioText, ScenarioError> {
        let path = path.as_ref();
        Ok(ScenarioText { file: path.display().to_string(), text: read_text(path)? })
    }

    /// The name of the file.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The text itself.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The scenario, which is that of the plan in the record of a run.
    ///
    /// # Errors
    /// [`ScenarioError::Invalid`] with all that is wrong in it.
    pub fn parse(&self, catalogue: &Catalogue) -> Result<Scenario, ScenarioError> {
        let document = Document::parse(&self.text, &self.file);
        if looks_like_a_record(&document) {
            return Ok(Record::of_document(document, catalogue)?.plan.scenario);
        }
        Scenario::of_document(document, catalogue)
    }

    /// A hash of the text, independent of the line endings.
    #[must_use]
    pub fn hash(&self) -> u64 {
        fnv1a(self.text.replace("\r\n", "\n").as_bytes())
    }
}
