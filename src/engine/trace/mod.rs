//! The record of a run: everything that happened, in order, and a digest of it.
//!
//! The digest takes in every step of a run, whether it is recorded or not, so that two runs
//! can be compared without keeping their traces.

mod fact;
mod json;
mod record;
mod timeline;

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

pub use fact::{
    ApplicationFact, ConnectionFact, Fact, FaultFact, FaultScope, GlobalFact, HostFact, Level,
    LogFact, LogReport, MessageFact, NodeFact, OperationFact, ProcessFact,
};
pub use record::{RecordId, TraceRecord};
pub use timeline::{
    ApplicationInstance, ConnectionInterval, Interval, Moment, NameHolder, NodeInterval, Timeline,
};

use crate::engine::term::Atom;
use crate::engine::time::Time;

/// The amount of detail in a trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Nothing but the digest.
    Off,
    /// The story as a person would tell it: nodes, connections, applications, faults, logs.
    #[default]
    Story,
    /// Every process, message and signal as well.
    Full,
    /// The states of servers as well, as far as they show them.
    States,
}

/// The records of a run so far, and its digest.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    detail: Detail,
    records: Vec<TraceRecord>,
    digest: Digest,
    /// The timeline of the records, once somebody has asked for it.
    timeline: OnceLock<Box<Timeline>>,
}

impl Trace {
    /// An empty trace.
    #[must_use]
    pub const fn new(detail: Detail) -> Trace {
        Trace { detail, records: Vec::new(), digest: Digest::new(), timeline: OnceLock::new() }
    }

    /// The records, oldest first.
    #[must_use]
    pub fn records(&self) -> &[TraceRecord] {
        &self.records
    }

    /// A record by its place; none for [`RecordId`] 0.
    #[must_use]
    pub fn get(&self, id: RecordId) -> Option<&TraceRecord> {
        self.records.get((id.0 as usize).checked_sub(1)?)
    }

    /// The state of the cluster at every instant so far. It is folded from the records once, when
    /// it is first asked for, and again only after more has been recorded.
    #[must_use]
    pub fn timeline(&self) -> &Timeline {
        self.timeline.get_or_init(|| Box::new(Timeline::of(&self.records)))
    }

    /// The number of the latest record; 0 if there is none.
    #[must_use]
    pub const fn latest(&self) -> RecordId {
        RecordId(self.records.len() as u32)
    }

    /// The digest of everything that happened.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// The log: what processes wrote with [`Context::log`](crate::engine::runtime::Context::log), the
    /// starts and ends of nodes, and the faults and their ends, a line each, with the time and the
    /// node.
    #[must_use]
    pub fn log_text(&self) -> String {
        let lines = self.records.iter().filter_map(|record| {
            let said = record.fact.as_log()?;
            let node = record.node.map_or("", Atom::as_str);
            Some(format!("{:>8}  {node:8}  {said}\n", record.at.to_string()))
        });
        lines.collect()
    }

    /// True if every message is recorded.
    #[must_use]
    #[inline]
    pub const fn is_full(&self) -> bool {
        matches!(self.detail, Detail::Full | Detail::States)
    }

    /// True if the states of servers are recorded.
    #[must_use]
    pub const fn shows_states(&self) -> bool {
        matches!(self.detail, Detail::States)
    }

    /// Records a fact, unless nothing is recorded; then the number is 0.
    pub fn record(
        &mut self,
        at: Time,
        cause: RecordId,
        node: Option<Atom>,
        fact: Fact,
    ) -> RecordId {
        if self.detail == Detail::Off {
            return RecordId::default();
        }
        self.timeline.take();
        let id = RecordId(self.records.len() as u32 + 1);
        self.records.push(TraceRecord { id, cause, at, node, fact });
        id
    }

    /// Takes a step of the run into the digest.
    #[inline]
    pub fn step(&mut self, at: Time, what: u64) {
        self.digest.mix(at.as_nanos());
        self.digest.mix(what);
    }
}

/// A fingerprint of a run: 64 bits, mixed as in FNV-1a but a word at a time, then turned so that
/// the high bits come back into play.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digest(u64);

impl Digest {
    const fn new() -> Digest {
        Digest(0xcbf2_9ce4_8422_2325)
    }

    #[inline]
    const fn mix(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
    }

    /// The number that is shown in hexadecimal.
    #[must_use]
    pub const fn as_u64(self) -> u64 {
        self.0
    }
}

impl Default for Digest {
    fn default() -> Digest {
        Digest::new()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A text is not what a [`Digest`] prints.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a digest has 16 hexadecimal digits")]
pub struct NoDigest;

impl FromStr for Digest {
    type Err = NoDigest;

    fn from_str(text: &str) -> Result<Digest, NoDigest> {
        let digits = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let digest = u64::from_str_radix(text, 16).ok().filter(|_| digits);
        digest.map(Digest).ok_or(NoDigest)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
