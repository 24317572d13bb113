//! The processes of records in few bytes. Most records are about the process that those before them
//! lead one to expect; the page expects the same.

use super::columns::Columns;
use super::pack::Bytes;
use super::picture::Picture;

/// The expectations, as far as the records have been seen.
struct Expected<'a> {
    columns: &'a Columns,
    sent: Option<u8>,
    spawned: Option<u8>,
    signalled: Option<u8>,
    /// For each name the process that last got a message sent to it.
    receivers: Vec<u32>,
    /// For each process the one that it last sent something to.
    partners: Vec<u32>,
    newest: u32,
}

impl<'a> Expected<'a> {
    fn of(picture: &Picture, columns: &'a Columns) -> Expected<'a> {
        let kinds = &picture.head.kinds;
        let kind = |name: &str| kinds.iter().position(|kind| kind == name).map(|at| at as u8);
        let names = columns.name.iter().max().map_or(1, |name| *name as usize + 1);
        Expected {
            columns,
            sent: kind("sent"),
            spawned: kind("spawned"),
            signalled: kind("signalled"),
            receivers: vec![0; names],
            partners: vec![0; picture.processes.list.len() + 1],
            newest: 0,
        }
    }

    fn cause(&self, index: usize) -> Option<usize> {
        (self.columns.cause[index] as usize).checked_sub(1)
    }

    fn is(&self, index: usize, kind: Option<u8>) -> bool {
        kind == Some(self.columns.kind[index])
    }

    /// The process that a record is likely to be about.
    fn process(&self, index: usize) -> u32 {
        let Columns { process, other, name, .. } = self.columns;
        let Some(cause) = self.cause(index).filter(|_| !self.is(index, self.spawned)) else {
            return if self.is(index, self.spawned) { self.newest + 1 } else { 0 };
        };
        if self.is(index, self.signalled) {
            self.partners[process[cause] as usize]
        } else if self.is(cause, self.sent) {
            match other[cause] {
                0 => self.receivers[name[cause] as usize],
                receiver => receiver,
            }
        } else {
            process[cause]
        }
    }

    /// The second process that it is likely to be about: who sends answers whom it heard of last.
    fn other(&self, index: usize) -> u32 {
        let process = |index: Option<usize>| index.map_or(0, |at| self.columns.process[at]);
        let cause = self.cause(index);
        if self.is(index, self.sent) {
            process(cause.and_then(|cause| self.cause(cause)))
        } else {
            process(cause)
        }
    }

    /// Takes in a record.
    fn follow(&mut self, index: usize) {
        let Columns { process, other, name, .. } = self.columns;
        let own = process[index];
        if let Some(cause) = self.cause(index) {
            if self.is(cause, self.sent) && other[cause] == 0 {
                self.receivers[name[cause] as usize] = own;
            }
            if self.is(index, self.signalled) {
                self.partners[process[cause] as usize] = own;
            }
        }
        if self.is(index, self.sent) && other[index] > 0 {
            self.partners[own as usize] = other[index];
        }
        self.newest = self.newest.max(own);
    }
}

/// The columns of processes and of second processes. For a process 0 is the expected one and 1 is none,
/// for a second one 0 is none and 1 the expected one; others are two more than their number.
pub(super) fn process_codes(picture: &Picture, columns: &Columns) -> [Bytes; 2] {
    let mut expected = Expected::of(picture, columns);
    let [mut processes, mut others] = [Bytes::default(), Bytes::default()];
    for index in 0..columns.len() {
        let (own, other) = (columns.process[index], columns.other[index]);
        processes.number(match own {
            own if own == expected.process(index) => 0,
            0 => 1,
            own => u64::from(own) + 2,
        });
        others.number(match other {
            0 => 0,
            other if other == expected.other(index) => 1,
            other => u64::from(other) + 2,
        });
        expected.follow(index);
    }
    [processes, others]
}
