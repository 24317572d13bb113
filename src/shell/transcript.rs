//! The text of a session: commands, and what was answered.
//!
//! ```text
//! # otp: 25
//! # rules: A17 A22
//! > nodes a
//! > spawn p on a
//! > alive p
//! true
//! ```

use std::fmt;
use std::path::{Path, PathBuf};

use crate::document::diagnostic::text::read_text;

use super::{CommandError, Session};
use crate::engine::runtime::OtpRelease;

/// A transcript: its lines, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcript {
    /// The file that it was read from.
    pub path: PathBuf,
    /// Its entries.
    pub entries: Vec<TranscriptEntry>,
}

/// One thing in a transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TranscriptEntry {
    /// A line that begins with `#` (not with `#{`, which is a map), or an empty one.
    Comment(String),
    /// A command, and the lines of its answer.
    Step {
        /// The line on which the command stands, counted from 1.
        line: usize,
        /// The command.
        command: String,
        /// The answer.
        answer: Vec<String>,
    },
}

/// The error of a text that is no transcript.
#[derive(Debug, thiserror::Error)]
pub enum TranscriptError {
    /// The file cannot be read.
    #[error("{}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        error: std::io::Error,
    },
    /// A line is no command.
    #[error("{}:{line}: {error}", path.display())]
    Command {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The expected answer.
        error: CommandError,
    },
    /// An answer comes before the first command.
    #[error("{}:{line}: expected `> ` and a command, found `{found}`", path.display())]
    NoCommand {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The text of the line.
        found: String,
    },
}

/// A step whose answer is not the one in the transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The file.
    pub path: PathBuf,
    /// The line of the command, counted from 1.
    pub line: usize,
    /// The command.
    pub command: String,
    /// The answer in the transcript.
    pub expected: Vec<String>,
    /// The answer that was given.
    pub found: Vec<String>,
}

impl Transcript {
    /// Reads a file.
    ///
    /// # Errors
    /// When the file cannot be read, or a line of it is no command.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Transcript, TranscriptError> {
        let path = path.as_ref();
        let text = read_text(path)
            .map_err(|error| TranscriptError::Read { path: path.to_owned(), error })?;
        Transcript::parse(path, &text)
    }

    /// Reads a text; `path` is for the messages.
    ///
    /// # Errors
    /// When a line of it is no command.
    pub fn parse(path: &Path, text: &str) -> Result<Transcript, TranscriptError> {
        let mut entries: Vec<TranscriptEntry> = Vec::new();
        for (index, text) in text.lines().enumerate() {
            let line = index + 1;
            if let Some(command) = text.strip_prefix("> ") {
                let command = command.trim().to_owned();
                Session::check(&command).map_err(|error| TranscriptError::Command {
                    path: path.to_owned(),
                    line,
                    error,
                })?;
                entries.push(TranscriptEntry::Step { line, command, answer: Vec::new() });
            } else if is_comment(text) {
                entries.push(TranscriptEntry::Comment(text.trim_end().to_owned()));
            } else if let Some(TranscriptEntry::Step { answer, .. }) = entries.last_mut() {
                answer.push(text.trim_end().to_owned());
            } else {
                let (path, found) = (path.to_owned(), text.to_owned());
                return Err(TranscriptError::NoCommand { path, line, found });
            }
        }
        Ok(Transcript { path: path.to_owned(), entries })
    }

    /// Returns the value of a comment `# key: value`.
    ///
    /// ```
    /// use std::path::Path;
    /// use nodedown::shell::Transcript;
    ///
    /// let transcript = Transcript::parse(Path::new("t"), "# rules: A17 A22\n")?;
    /// assert_eq!(transcript.header("rules"), Some("A17 A22"));
    /// # Ok::<(), nodedown::shell::TranscriptError>(())
    /// ```
    #[must_use]
    pub fn header(&self, key: &str) -> Option<&str> {
        self.entries.iter().find_map(|entry| match entry {
            TranscriptEntry::Comment(text) => {
                let rest = text.strip_prefix('#')?.trim_start().strip_prefix(key)?;
                rest.strip_prefix(':').map(str::trim)
            }
            TranscriptEntry::Step { .. } => None,
        })
    }

    /// The release whose nodes it is about: that of the header `# otp: 27`, else the oldest.
    #[must_use]
    pub fn release(&self) -> OtpRelease {
        let number = self.header("otp").and_then(|number| number.parse().ok());
        number.and_then(OtpRelease::from_number).unwrap_or_default()
    }

    /// A session on nodes of its release.
    #[must_use]
    pub fn session(&self, seed: u64) -> Session {
        Session::new(seed).with_release(self.release())
    }

    /// Its commands, in order.
    pub fn commands(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter_map(|entry| match entry {
            TranscriptEntry::Step { command, .. } => Some(command.as_str()),
            TranscriptEntry::Comment(_) => None,
        })
    }

    /// The same transcript with the answers that a session gives now, on nodes of its release.
    #[must_use]
    pub fn played(&self, seed: u64) -> Transcript {
        let mut session = self.session(seed);
        let mut entries = self.entries.clone();
        for entry in &mut entries {
            if let TranscriptEntry::Step { command, answer, .. } = entry {
                *answer = session.answer(command).unwrap_or_else(|error| vec![error.to_string()]);
            }
        }
        Transcript { path: self.path.clone(), entries }
    }

    /// Returns the differences between the answers of a session and those of the transcript.
    #[must_use]
    pub fn differences(&self, seed: u64) -> Vec<Difference> {
        self.differences_from(self.played(seed))
    }

    /// Returns the differences between the answers of another playing and those of the transcript.
    pub(super) fn differences_from(&self, played: Transcript) -> Vec<Difference> {
        let both = self.entries.iter().zip(played.entries);
        both.filter_map(|(entry, other)| self.difference(entry, other)).collect()
    }

    fn difference(&self, entry: &TranscriptEntry, played: TranscriptEntry) -> Option<Difference> {
        match (entry, played) {
            (
                TranscriptEntry::Step { line, command, answer },
                TranscriptEntry::Step { answer: found, .. },
            ) if *answer != found => Some(Difference {
                path: self.path.clone(),
                line: *line,
                command: command.clone(),
                expected: answer.clone(),
                found,
            }),
            (TranscriptEntry::Step { .. } | TranscriptEntry::Comment(_), _) => None,
        }
    }
}

/// A map begins like a comment, but with a brace.
fn is_comment(line: &str) -> bool {
    (line.starts_with('#') && !line.starts_with("#{")) || line.trim().is_empty()
}

impl fmt::Display for Transcript {
    /// The text of the file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for entry in &self.entries {
            match entry {
                TranscriptEntry::Comment(text) => writeln!(f, "{text}")?,
                TranscriptEntry::Step { command, answer, .. } => {
                    writeln!(f, "> {command}")?;
                    answer.iter().try_for_each(|line| writeln!(f, "{line}"))?;
                }
            }
        }
        Ok(())
    }
}

impl fmt::Display for Difference {
    /// The place, the command, and the lines of both answers: `-` for those of the transcript only,
    /// `+` for those of the session only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}:{}: > {}", self.path.display(), self.line, self.command)?;
        let (expected, found) = (&self.expected, &self.found);
        let same = expected.iter().zip(found).take_while(|(a, b)| a == b).count();
        let rest = expected[same..].iter().rev().zip(found[same..].iter().rev());
        let same_end = rest.take_while(|(a, b)| a == b).count();
        for line in &expected[..same] {
            writeln!(f, "    {line}")?;
        }
        for line in &expected[same..expected.len() - same_end] {
            writeln!(f, "  - {line}")?;
        }
        for line in &found[same..found.len() - same_end] {
            writeln!(f, "  + {line}")?;
        }
        for line in &expected[expected.len() - same_end..] {
            writeln!(f, "    {line}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::scenario::simulation::mailboxes::Mailboxes;

    const TEXT: &str = "# rules: A22\n> nodes a\n> spawn p on a\n\n# what a kill does\n> p trap_exit true\n> p exit p boom\ntrue\n> mailbox p\n{'EXIT',<p>,boom}\n";

    fn parse(text: &str) -> Result<Transcript, TranscriptError> {
        Transcript::parse(Path::new("t.transcript"), text)
    }

    #[test]
    fn a_transcript_prints_as_it_was_read_and_plays_as_it_was_written() {
        let transcript = parse(TEXT).unwrap();
        assert_eq!(transcript.to_string(), TEXT);
        assert_eq!(transcript.played(1), transcript);
    }

    #[test]
    fn a_map_is_an_answer_and_no_comment() {
        let text = "> nodes a\n> spawn p on a\n> p send p #{k => v}\n> mailbox p\n#{k => v}\n";
        assert_eq!(parse(text).unwrap().differences(1), []);
    }

    #[test]
    fn a_difference_shows_its_place_and_the_lines() {
        let transcript = parse(&TEXT.replace("<p>,boom", "<p>,bang")).unwrap();
        let differences = transcript.differences(1);
        let shown: String = differences.iter().map(ToString::to_string).collect();
        let expected =
            "t.transcript:9: > mailbox p\n  - {'EXIT',<p>,bang}\n  + {'EXIT',<p>,boom}\n";
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_line_that_is_no_command_is_an_error_with_its_place() {
        let check = |text: &str, error: &str| {
            assert_eq!(parse(text).unwrap_err().to_string(), error);
        };
        check(
            "> nodes a\n> crahs a\n",
            "t.transcript:2: unknown command `crahs`; did you mean `crash`?",
        );
        check("true\n", "t.transcript:1: expected `> ` and a command, found `true`");
    }

    #[test]
    fn what_transcripts_have_in_mailboxes_is_in_the_order_of_the_records() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
        let folders = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let files = folders.flat_map(|folder| fs::read_dir(folder).unwrap());
        let (mut compared, mut played) = (0, 0);
        for file in files.map(|entry| entry.unwrap().path()) {
            let transcript = Transcript::from_file(&file).unwrap();
            let mut session = Session::new(1).with_release(transcript.release());
            let mut mailboxes = Mailboxes::default();
            for entry in &transcript.entries {
                if let TranscriptEntry::Step { command, .. } = entry {
                    session.answer(command).unwrap();
                    mailboxes.compare(&session.world);
                }
            }
            compared += mailboxes.compared;
            played += 1;
        }
        assert!(played > 80 && compared > 250, "{played} transcripts, {compared} messages");
    }
}
