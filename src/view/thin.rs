//! The records that are left out where there are too many.

use super::columns::Columns;
use super::picture::{Head, Picture};

/// The records that are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Density {
    /// All.
    All,
    /// Signals other than messages, and timers, near faults only.
    PlumbingNearFaults,
    /// Messages, signals, timers and processes near faults only.
    StoryAndFaults,
}

/// The time before and after a fault that counts as near, in nanoseconds.
const BEFORE: u64 = 500_000_000;
const AFTER: u64 = 3_000_000_000;

impl Density {
    /// The omissions, in words.
    pub(super) const fn text(self) -> &'static str {
        match self {
            Density::All => "",
            Density::PlumbingNearFaults => {
                "signals and timers, except from 0.5 s before to 3 s after a fault or its end"
            }
            Density::StoryAndFaults => {
                "messages, signals, timers and processes, except from 0.5 s before to 3 s after a \
                 fault or its end"
            }
        }
    }

    fn leaves_out(self, kind: &str) -> bool {
        match self {
            Density::All => false,
            Density::PlumbingNearFaults => matches!(kind, "signalled" | "timer_expired" | "state"),
            Density::StoryAndFaults => matches!(
                kind,
                "signalled"
                    | "timer_expired"
                    | "state"
                    | "sent"
                    | "delivered"
                    | "spawned"
                    | "exited"
            ),
        }
    }
}

/// The window of time that is shown, in nanoseconds.
pub(super) type Window = (u64, u64);

/// The records that are shown. A record whose cause is left out is led to by that cause's cause.
pub(super) fn thin(picture: &Picture, density: Density, window: Window) -> Option<Columns> {
    let Picture { head, columns, .. } = picture;
    let is_whole = window == (0, u64::MAX);
    if density == Density::All && is_whole {
        return None;
    }
    let near = windows(head);
    let kinds: Vec<bool> = head.kinds.iter().map(|kind| density.leaves_out(kind)).collect();
    let story: Vec<bool> =
        head.kinds.iter().map(|kind| !Density::StoryAndFaults.leaves_out(kind)).collect();
    let mut kept = Columns::default();
    // For each record its place among those kept, or that of its nearest kept cause.
    let mut places: Vec<u32> = vec![0; columns.len() + 1];
    for index in 0..columns.len() {
        let (at, kind) = (columns.at[index], columns.kind[index] as usize);
        let is_near = || near.iter().any(|(from, to)| (*from..=*to).contains(&at));
        let in_window = (window.0..=window.1).contains(&at);
        let cause = places[columns.cause[index] as usize];
        let shown = if in_window { !kinds[kind] || is_near() } else { story[kind] };
        places[index + 1] = if shown {
            kept.push_copy(columns, index, cause);
            kept.len() as u32
        } else {
            cause
        };
    }
    Some(kept)
}

/// The times near faults and their ends.
fn windows(head: &Head) -> Vec<(u64, u64)> {
    let times = head.faults.iter().flat_map(|fault| [Some(fault.from), fault.to]);
    times.flatten().map(|at| (at.saturating_sub(BEFORE), at.saturating_add(AFTER))).collect()
}

impl Columns {
    fn push_copy(&mut self, other: &Columns, index: usize, cause: u32) {
        self.id.push(other.id[index]);
        self.kind.push(other.kind[index]);
        self.at.push(other.at[index]);
        self.node.push(other.node[index]);
        self.cause.push(cause);
        self.process.push(other.process[index]);
        self.other.push(other.other[index]);
        self.text.push(other.text[index]);
        self.name.push(other.name[index]);
        self.source.push(other.source[index]);
        self.number.push(other.number[index]);
        self.step.extend(other.step.get(index));
    }
}
