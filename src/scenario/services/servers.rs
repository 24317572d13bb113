//! The servers that a client uses, one after the other.

use std::time::Duration;

use super::client::{ClientSetup, Instances};
use crate::engine::term::Atom;

/// The time that a client stays with a server that is not near before it tries the near ones again.
const AWAY_FOR: Duration = Duration::from_secs(10);

/// The servers that a client uses, those near it first, and the one that it talks to now. Each client
/// begins with another one.
#[derive(Clone, Debug)]
pub struct Servers {
    nodes: Vec<Atom>,
    /// The number of near ones, which come first.
    near: usize,
    /// The place of the current one, counted on without end.
    current: usize,
    /// The time at which it last went over to a server that is not near.
    away_since: Option<Duration>,
}

impl Servers {
    /// Those of these nodes that the client is to use.
    #[must_use]
    pub fn new(setup: &ClientSetup, nodes: &[Atom]) -> Servers {
        let Instances { mut near, mut others } = setup.instances(nodes);
        for nodes in [&mut near, &mut others].into_iter().filter(|nodes| !nodes.is_empty()) {
            let first = setup.client as usize % nodes.len();
            nodes.rotate_left(first);
        }
        Servers { near: near.len(), nodes: [near, others].concat(), current: 0, away_since: None }
    }

    /// The number of servers.
    #[must_use]
    pub fn count(&self) -> usize {
        self.nodes.len()
    }

    /// The one to talk to; `None` if there are none.
    #[must_use]
    pub fn current(&self) -> Option<Atom> {
        let place = self.current.checked_rem(self.nodes.len())?;
        Some(self.nodes[place])
    }

    /// Goes to the next one, as the current one does not answer.
    pub fn go_on(&mut self, now: Duration) {
        self.current += 1;
        if self.is_away() {
            self.away_since.get_or_insert(now);
        }
    }

    /// Goes back to the near ones, if the client has been away from them for a while; to be called
    /// before each operation.
    pub fn come_home(&mut self, now: Duration) {
        let is_long = |since: Duration| now >= since + AWAY_FOR;
        if self.near > 0 && self.away_since.is_some_and(is_long) {
            self.current = 0;
        }
        if !self.is_away() {
            self.away_since = None;
        }
    }

    fn is_away(&self) -> bool {
        self.current.checked_rem(self.nodes.len()).is_some_and(|place| place >= self.near)
    }
}
