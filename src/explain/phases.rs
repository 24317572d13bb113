//! Where the time between a fault and an answer went.

use std::time::Duration;

use crate::term::Term;
use crate::trace::{Fact, RecordId, TraceRecord};

/// What the time was needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Until another node noticed the loss.
    Detection,
    /// Until it was settled who goes on: the time that a lost node is waited for, and what the nodes
    /// tell each other.
    Agreement,
    /// Until the application ran, without what is told apart.
    Start,
    /// From the first question to a store until the application ran.
    StateTransfer,
    /// Until the client, which tries again now and then, had its answer.
    ClientRetry,
}

/// How long a phase took, on the way that ended last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The phase.
    pub phase: Phase,
    /// How long it took; phases can be without any time.
    pub took: Duration,
}

impl Phase {
    /// All of them, in order.
    pub const ALL: [Phase; 5] = [
        Phase::Detection,
        Phase::Agreement,
        Phase::Start,
        Phase::StateTransfer,
        Phase::ClientRetry,
    ];

    /// What people call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Phase::Detection => "detection",
            Phase::Agreement => "agreement",
            Phase::Start => "start",
            Phase::StateTransfer => "state transfer",
            Phase::ClientRetry => "client retry",
        }
    }
}

/// Divides the time from a fault to an answer. The causes of the answer lead back to the fault
/// itself, or else to the client's own patience: then what it waited for was the start of what
/// answered.
pub(super) fn parts(
    injected: RecordId,
    restart: &[&TraceRecord],
    answer: &[&TraceRecord],
) -> Vec<Part> {
    let reaches = |chain: &[&TraceRecord]| chain.first().is_some_and(|first| first.id == injected);
    let (chain, end) = if reaches(answer) {
        (answer.to_vec(), None)
    } else if reaches(restart) {
        (restart.to_vec(), answer.last())
    } else {
        return Vec::new();
    };
    let mut took = [Duration::ZERO; Phase::ALL.len()];
    let mut phase = Phase::Detection;
    for pair in chain.windows(2) {
        took[phase as usize] += pair[1].at.since(pair[0].at);
        phase = phase.max(begun_by(pair[1]));
        if phase == Phase::Agreement && reaches(answer) && !starts_anything(&chain) {
            // The client was only waiting for the bad news.
            phase = Phase::ClientRetry;
        }
    }
    if let (Some(last), Some(end)) = (chain.last(), end) {
        took[Phase::ClientRetry as usize] += end.at.since(last.at);
    }
    Phase::ALL.into_iter().zip(took).map(|(phase, took)| Part { phase, took }).collect()
}

fn starts_anything(chain: &[&TraceRecord]) -> bool {
    chain.iter().any(|record| begun_by(record) == Phase::Start)
}

/// The phase that begins with a record.
fn begun_by(record: &TraceRecord) -> Phase {
    match &record.fact {
        Fact::NodeDown { .. } => Phase::Agreement,
        Fact::Spawned { label, .. } if label.as_str().ends_with("_master") => Phase::Start,
        Fact::Sent { to, .. } if is_store(to) => Phase::StateTransfer,
        Fact::ApplicationStarted { .. } => Phase::ClientRetry,
        _ => Phase::Detection,
    }
}

/// Whether a message is for the store of a database.
pub(super) fn is_store(to: &Term) -> bool {
    let name = to.as_tuple().and_then(|parts| parts.first()).and_then(Term::as_atom);
    name.is_some_and(|name| name.as_str().ends_with("_store"))
}
