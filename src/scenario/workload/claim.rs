//! Claims of a service about what its users see.

use crate::spelling::words;

/// A claim of a service about what its users see. `nodedown::consistency::claims` and the models of
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
    /// The writes of a client are in its order.
    MonotonicWrites,
    /// The writes of a client come after what it has seen.
    WritesFollowReads,
    /// All come to see the same.
    Eventual,
    /// Nothing takes effect twice.
    AtMostOnce,
    /// Everything that was acknowledged takes effect.
    AtLeastOnce,
}

words!(Consistency {
    Linearizable => "linearizable",
    Sequential => "sequential",
    ReadYourWrites => "read_your_writes",
    MonotonicReads => "monotonic_reads",
    MonotonicWrites => "monotonic_writes",
    WritesFollowReads => "writes_follow_reads",
    Eventual => "eventual",
    AtMostOnce => "at_most_once",
    AtLeastOnce => "at_least_once",
});

impl Consistency {
    /// The word for a history that bears it out: `sequentially consistent`.
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
