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
//! - `topic`: all that can be typed, for help and completion
//! - `operation`: the things that a process does; `operation_words`: the table of their words, with the
//!   functions that they call; `call`: reading the arguments
//! - `command`: commands; `grammar`: reading them
//! - `names`: the meaning of names; `printing`: answers as text
//! - `probe`: the process that does operations; `perform`, `perform_remote`: doing them; `function`: what
//!   it has other nodes run
//! - `server`, `supervisor`, `application`: what sessions start
//! - `session`, `cluster`, `asking`: carrying commands out
//! - `explain`: what a command led to
//! - `transcript`: the text of a session; `compiled`: answered by OTP's own code
//! - `help`; `vocabulary`: what can be typed next; `foreign`: what Erlang's shell would understand

mod application;
mod asking;
mod call;
mod cluster;
mod command;
mod compiled;
mod explain;
mod foreign;
mod function;
mod grammar;
mod help;
mod names;
mod operation;
mod operation_words;
mod perform;
mod perform_remote;
mod printing;
mod probe;
mod server;
mod session;
mod supervisor;
mod template;
mod thrown;
mod topic;
mod transcript;
mod vocabulary;
mod words;

use crate::engine::runtime::Exit;
use crate::engine::term::Term;
use crate::spelling;

pub use compiled::{CompiledError, CompiledOtp};
pub use session::{Session, SessionCommand};
pub use transcript::{Difference, Transcript, TranscriptEntry, TranscriptError};
pub use vocabulary::Vocabulary;

/// The error of a line that is no command: what was expected.
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

/// The answer to a command, or to one operation of it.
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

/// Asks whether the nearest known word was meant, if one is near.
fn hint<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    spelling::nearest(word, known)
        .map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_word_finds_the_one_that_was_meant() {
        let words: Vec<&str> = help::topics().collect();
        for (typed, meant) in [
            ("crahs", Some("crash")),
            ("sned", Some("send")),
            ("nods", Some("nodes")),
            ("mailbx", Some("mailbox")),
            ("montior", Some("monitor")),
            ("spwan", Some("spawn")),
            ("spawnlink", Some("spawn_link")),
            ("restrat", Some("restart")),
            ("partiton", Some("partition")),
            ("conect", Some("connect")),
            ("registr", Some("register")),
            ("where_is", Some("whereis")),
            ("global_whereis_name", Some("global_whereis")),
            ("trapexit", Some("trap_exit")),
            ("moniter_node", Some("monitor_node")),
            ("supervisr", Some("supervisor")),
            ("takover", Some("takeover")),
            ("ticktime", Some("net_ticktime")),
            ("kill", None),
            ("xyzzy", None),
        ] {
            assert_eq!(spelling::nearest(typed, words.iter().copied()), meant, "{typed}");
        }
    }
}
