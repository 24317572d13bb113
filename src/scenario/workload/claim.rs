//! What a service claims of what its users see.

use crate::document::syntax::Node;
use crate::scenario::reading::unknown_choice;

/// What a service may claim of what its users see. `nodedown::consistency::claims` and the models of
/// `nodedown::check` say what each means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Consistency {
    /// Each operation takes effect at an instant between its beginning and its end.
    Linearizable,
    /// The operations of each client take effect in their order.
    Sequential,
    /// A client sees what it has written.
    ReadYourWrites,
    /// A client sees what it has seen.
    MonotonicReads,
    /// What a client writes is in its order.
    MonotonicWrites,
    /// What a client writes comes after what it has seen.
    WritesFollowReads,
    /// All come to see the same.
    Eventual,
    /// Nothing takes effect twice.
    AtMostOnce,
    /// Everything that was acknowledged takes effect.
    AtLeastOnce,
}

impl Consistency {
    /// All of them, with the name that each has in files.
    pub const NAMES: [(Consistency, &str); 9] = [
        (Consistency::Linearizable, "linearizable"),
        (Consistency::Sequential, "sequential"),
        (Consistency::ReadYourWrites, "read_your_writes"),
        (Consistency::MonotonicReads, "monotonic_reads"),
        (Consistency::MonotonicWrites, "monotonic_writes"),
        (Consistency::WritesFollowReads, "writes_follow_reads"),
        (Consistency::Eventual, "eventual"),
        (Consistency::AtMostOnce, "at_most_once"),
        (Consistency::AtLeastOnce, "at_least_once"),
    ];

    /// What a history is that bears it out: `sequentially consistent`.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Consistency::Linearizable => "linearizable",
            Consistency::Sequential => "sequentially consistent",
            Consistency::ReadYourWrites => "read your writes",
            Consistency::MonotonicReads => "monotonic reads",
            Consistency::MonotonicWrites => "monotonic writes",
            Consistency::WritesFollowReads => "writes follow reads",
            Consistency::Eventual => "eventually consistent",
            Consistency::AtMostOnce => "effects at most once",
            Consistency::AtLeastOnce => "effects at least once",
        }
    }
}

pub(in crate::scenario) fn read(node: &Node) -> Option<Consistency> {
    let name = node.text()?;
    let found = Consistency::NAMES.iter().find(|(_, known)| *known == name);
    Some(found.map_or_else(|| unknown_choice(name), |(claim, _)| *claim))
}

pub(in crate::scenario) fn name(claim: Consistency) -> &'static str {
    let found = Consistency::NAMES.iter().find(|(known, _)| *known == claim);
    found.expect("every claim has a name").1
}
