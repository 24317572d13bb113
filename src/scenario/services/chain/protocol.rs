//! The messages between the members and their master.

use serde::{Deserialize, Serialize};

use crate::engine::term::{Atom, Pid, Term};
use crate::scenario::services::kv::{Cells, KeyValueRequest};

/// The members in their order, head first. A later configuration has a higher number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Configuration {
    pub(super) number: u64,
    pub(super) members: Vec<ChainLink>,
}

/// A place in the chain. A member that was taken out and has come in again has another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ChainLink {
    pub(super) node: Atom,
    pub(super) member: Pid,
    /// The number of the configuration in which it came in; that of the very first member is 1.
    pub(super) since: u64,
}

impl Configuration {
    /// The place of a member.
    pub(super) fn link(&self, member: Pid) -> Option<ChainLink> {
        self.members.iter().copied().find(|link| link.member == member)
    }

    pub(super) fn head(&self) -> Option<Pid> {
        self.members.first().map(|link| link.member)
    }

    pub(super) fn tail(&self) -> Option<Pid> {
        self.members.last().map(|link| link.member)
    }

    /// The member after one.
    pub(super) fn after(&self, member: Pid) -> Option<Pid> {
        let place = self.members.iter().position(|link| link.member == member)?;
        self.members.get(place + 1).map(|link| link.member)
    }

    /// The member before one.
    pub(super) fn before(&self, member: Pid) -> Option<Pid> {
        let place = self.members.iter().position(|link| link.member == member)?;
        Some(self.members[place.checked_sub(1)?].member)
    }
}

/// A write on its way to the tail, with its place in the order of all and the caller that waits for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Update {
    pub(super) sequence: u64,
    pub(super) request: KeyValueRequest,
    pub(super) client: Term,
}

/// A message to a member.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum MemberMessage {
    /// The master says which the chain is, and lets a member serve for so many nanoseconds from the time
    /// at which it asked, by its own clock, also in nanoseconds.
    Lease { configuration: Configuration, asked_ns: u64, lease_ns: u64 },
    /// Another member was asked by this caller, and passes it on.
    Request(KeyValueRequest, Term),
    /// The member before sends a write, in the configuration with this number.
    Update(u64, Update),
    /// The tail has all up to this one.
    Done(u64),
    /// A new member wants the state of the one before it.
    WantState(Pid),
    /// The state of the one before, for the place that a member has since this configuration: all up
    /// to this write has been done.
    State { since: u64, sequence: u64, cells: Cells },
}

/// A sign of life to the master.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Alive {
    pub(super) node: Atom,
    pub(super) member: Pid,
    /// The time of its clock, in nanoseconds.
    pub(super) asked_ns: u64,
    /// It has the state for the place that it has since this configuration; 0 if it has none.
    pub(super) complete_since: u64,
}
