//! The console: what a student types at a simulated cluster, and transcripts of it.
//!
//! **Invariant**: knows no scenario and no verdict; commands act on the world alone.
//!
//! A [`Session`] carries commands out one by one; between two of them the cluster comes to rest. A
//! [`Transcript`] is the text of a session: a lesson that can be played, and a test whose answers
//! can be compared with those that real Erlang gave.
//!
//! ```
//! use nodedown::shell::Session;
//!
//! let mut session = Session::new(1);
//! for command in ["nodes a b", "spawn p on a", "spawn q on b", "p trap_exit true"] {
//!     assert_eq!(session.answer(command)?, [""; 0]);
//! }
//! assert_eq!(session.answer("p link q")?, ["true"]);
//! session.answer("q exit boom")?;
//! assert_eq!(session.answer("mailbox p")?, ["{'EXIT',<q>,boom}"]);
//! # Ok::<(), nodedown::shell::CommandError>(())
//! ```
//!
//! - `words`, `template`: words of a command, and terms with names in them
//! - `operation`, `command`: what can be told; `operation_grammar`, `grammar`: how it is read
//! - `names`: what names stand for; `printing`: how answers print
//! - `probe`, `perform`, `perform_otp`, `perform_global`, `perform_remote`: the process that does what
//!   it is told; `function`: what it asks other nodes to run
//! - `server`, `supervisor`, `application`: what sessions start
//! - `session`, `cluster`, `asking`: carrying commands out
//! - `explain`: what a command led to
//! - `transcript`: the text of a session
//! - `help`; `vocabulary`: what can be typed next; `foreign`: what Erlang's shell would understand

mod application;
mod asking;
mod cluster;
mod command;
mod explain;
mod foreign;
mod function;
mod grammar;
mod help;
mod names;
mod operation;
mod operation_grammar;
mod perform;
mod perform_global;
mod perform_otp;
mod perform_remote;
mod printing;
mod probe;
mod server;
mod session;
mod supervisor;
mod template;
mod thrown;
mod transcript;
mod vocabulary;
mod words;

use crate::engine::runtime::Exit;
use crate::engine::term::Term;

pub use session::Session;
pub use transcript::{Difference, Entry, Transcript, TranscriptError};
pub use vocabulary::Vocabulary;

/// Why a line is no command: what was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CommandError {
    message: String,
}

impl CommandError {
    fn new(message: String) -> CommandError {
        CommandError { message }
    }
}

/// What is answered to a command, or to one operation of it.
#[derive(Clone, Debug)]
enum Answer {
    /// Nothing.
    Silent,
    /// Terms, a line each.
    Terms(Vec<Term>),
    /// An exception.
    Raised(Exit),
    /// The command cannot be carried out.
    Complaint(String),
    /// Lines that are no terms.
    Text(Vec<String>),
}

impl<T: Into<Term>> From<T> for Answer {
    fn from(term: T) -> Answer {
        Answer::Terms(vec![term.into()])
    }
}

/// The error of a word that is not what was expected.
fn expected(what: &str, found: Option<&str>) -> CommandError {
    let found = found.map(|found| format!(", found `{found}`"));
    CommandError::new(format!("expected {what}{}", found.unwrap_or_default()))
}

/// A question for what may have been meant.
fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    let best = known
        .map(|known| (strsim::jaro_winkler(word, known), known))
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .filter(|(similarity, _)| *similarity > 0.8);
    best.map(|(_, known)| format!("; did you mean `{known}`?")).unwrap_or_default()
}
