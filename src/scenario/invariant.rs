//! Invariants: what has to hold of the trace itself, instant by instant.

use std::time::Duration;

use crate::engine::term::Atom;
use crate::scenario::fault::Condition;

/// Something that has to hold while a run goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invariant {
    /// A state holds at every instant from a time on.
    Always {
        /// The state.
        state: State,
        /// From when on, since the start of the run.
        from: Duration,
    },
    /// Something is never seen.
    Never(Observation),
    /// Something is seen in time.
    Eventually {
        /// What is seen.
        what: Observation,
        /// By when, since the start of the run.
        within: Duration,
    },
    /// Something is seen at least once: a run in which it is not has put nothing to the test.
    Sometimes(Observation),
    /// An application never runs on two nodes at a time.
    AtMostOne {
        /// The application.
        application: Atom,
    },
    /// Each time that something happens, something else is seen in time.
    After {
        /// What happens.
        event: Condition,
        /// How long after it the other has to be seen.
        within: Duration,
        /// What has to be seen.
        then: Observation,
    },
    /// What a program asks of the world at every step, under this name.
    Named(String),
}

/// Something that a trace can show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    /// It happens at an instant.
    Event(Condition),
    /// It holds for a while.
    State(State),
}

/// Something that holds for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// An application runs.
    Running {
        /// The application.
        application: Atom,
        /// Where; anywhere if nothing.
        on: Option<Atom>,
    },
    /// A node is up; one that stands still is.
    Up {
        /// The node.
        node: Atom,
    },
    /// A node is connected to another, as far as it knows.
    Connected {
        /// The node.
        node: Atom,
        /// The other.
        peer: Atom,
    },
}
