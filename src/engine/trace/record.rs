//! One line of a trace.

use super::fact::Fact;
use crate::engine::term::Atom;
use crate::engine::time::Time;

/// The place of a record in its trace, counted from 1; 0 stands for "no record".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordId(pub u32);

/// Something that happened in a simulation.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceRecord {
    /// Its place in the trace.
    pub id: RecordId,
    /// The record without which this one would not be there; 0 if there is none.
    pub cause: RecordId,
    /// The time.
    pub at: Time,
    /// The node, if it happened on one.
    pub node: Option<Atom>,
    /// The content.
    pub fact: Fact,
}
