//! Reports about applications that run on other nodes, from before this node starts them itself.

use crate::engine::term::{Atom, Term};
use crate::tuple;

/// The reports that an application has been started on another node, the latest first. There may be
/// several of one application: each move is a report, and none takes the place of an earlier one
/// (F20, F27).
#[derive(Clone, Debug, Default)]
pub(super) struct RemoteStarted(Vec<Report>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Report {
    node: Atom,
    application: Atom,
}

impl RemoteStarted {
    /// Notes the latest report.
    pub(super) fn note(&mut self, node: Atom, application: Atom) {
        self.0.insert(0, Report { node, application });
    }

    /// Returns the node that runs the application, by the latest report.
    pub(super) fn node_of(&self, application: Atom) -> Option<Atom> {
        self.0.iter().find(|report| report.application == application).map(|report| report.node)
    }

    /// Forgets the latest report of an application, and no more than that: those before it count
    /// again.
    pub(super) fn forget_latest(&mut self, application: Atom) {
        if let Some(latest) = self.0.iter().position(|report| report.application == application) {
            self.0.remove(latest);
        }
    }

    /// Forgets what ran on a node that is down.
    pub(super) fn node_down(&mut self, node: Atom) {
        self.0.retain(|report| report.node != node);
    }

    /// Adds what a node says at this node's boot, behind what others have said before (F4).
    pub(super) fn learn(&mut self, started: &Term) {
        let read = |entry: &Term| {
            let [node, application] = entry.as_tuple()? else { return None };
            Some(Report { node: node.as_atom()?, application: application.as_atom()? })
        };
        self.0.extend(started.as_list().unwrap_or_default().iter().filter_map(read));
    }
}

/// `[{Node,Name}]`, for [`RemoteStarted::learn`].
pub(super) fn started_on(node: Atom, applications: impl Iterator<Item = Atom>) -> Term {
    applications.map(|application| tuple![node, application]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::atom;

    #[test]
    fn the_latest_report_counts_and_is_forgotten_alone() {
        let (a, b, c, x) = (atom!("a"), atom!("b"), atom!("c"), atom!("x"));
        let mut started = RemoteStarted::default();
        started.learn(&started_on(a, [x].into_iter()));
        started.note(b, x);
        started.note(c, atom!("y"));
        assert_eq!(started.node_of(x), Some(b));
        started.forget_latest(x);
        assert_eq!(started.node_of(x), Some(a));
        started.node_down(a);
        assert_eq!((started.node_of(x), started.node_of(atom!("y"))), (None, Some(c)));
    }
}
