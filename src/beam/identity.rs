//! Lives of nodes, pids, references, ports.

use std::cmp::Ordering;

use super::atom::AtomIndex;
use super::table::Table;

/// One life of a node: its name and its creation. Stored once for the life of the program.
///
/// Ordered by name, then by creation.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Life(u32);

static LIVES: Table<(AtomIndex, u32)> = Table::new();

impl Life {
    /// The life of `node` that has this creation.
    #[must_use]
    pub fn new(node: AtomIndex, creation: u32) -> Life {
        Life(LIVES.number((node, creation)))
    }

    /// The node's name.
    #[must_use]
    pub fn node(self) -> AtomIndex {
        LIVES.get(self.0).0
    }

    /// The number of this life of the node.
    #[must_use]
    pub fn creation(self) -> u32 {
        LIVES.get(self.0).1
    }

    pub(in crate::beam) const fn index(self) -> u32 {
        self.0
    }

    pub(in crate::beam) const fn from_index(index: u32) -> Life {
        Life(index)
    }
}

impl PartialOrd for Life {
    fn partial_cmp(&self, other: &Life) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Life {
    fn cmp(&self, other: &Life) -> Ordering {
        if self == other {
            return Ordering::Equal;
        }
        (self.node(), self.creation()).cmp(&(other.node(), other.creation()))
    }
}

impl std::fmt::Debug for Life {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.node(), self.creation())
    }
}

/// The bits of a pid's number, serial and life when the pid is a word itself.
const NUMBER_BITS: u32 = 28;
const SERIAL_BITS: u32 = 14;
const LIFE_BITS: u32 = 18;

/// The identity of a process: `<0.85.0>`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ProcessId {
    /// The life of the node that the process belongs to.
    pub life: Life,
    /// The place among the processes of the node.
    pub number: u32,
    /// The number of times that the number was used before.
    pub serial: u32,
}

impl ProcessId {
    /// The pid in 60 bits, if it fits.
    pub(in crate::beam) fn to_payload(self) -> Option<u64> {
        let fits = self.number >> NUMBER_BITS == 0
            && self.serial >> SERIAL_BITS == 0
            && self.life.0 >> LIFE_BITS == 0;
        fits.then(|| {
            u64::from(self.number)
                | u64::from(self.serial) << NUMBER_BITS
                | u64::from(self.life.0) << (NUMBER_BITS + SERIAL_BITS)
        })
    }

    pub(in crate::beam) fn from_payload(payload: u64) -> ProcessId {
        let low = |value: u64, bits: u32| (value & ((1 << bits) - 1)) as u32;
        ProcessId {
            number: low(payload, NUMBER_BITS),
            serial: low(payload >> NUMBER_BITS, SERIAL_BITS),
            life: Life(low(payload >> (NUMBER_BITS + SERIAL_BITS), LIFE_BITS)),
        }
    }
}

impl PartialOrd for ProcessId {
    fn partial_cmp(&self, other: &ProcessId) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ProcessId {
    /// Erlang's: by serial, number, node and creation.
    fn cmp(&self, other: &ProcessId) -> Ordering {
        (self.serial, self.number)
            .cmp(&(other.serial, other.number))
            .then_with(|| self.life.cmp(&other.life))
    }
}

/// A mark that no other reference equals: `#Ref<0.1.2.3>`. Ordered by node, creation and id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Reference {
    /// The life of the node that made it.
    pub life: Life,
    /// Its fifth word, which only a reference that was written by hand has.
    pub last: u32,
    /// Its first four words of 32 bits, the first in the lowest bits. Those of one's own node have three.
    pub id: u128,
}

impl Reference {
    /// The reference with these words, four at the most.
    #[must_use]
    pub const fn new(life: Life, id: u128) -> Reference {
        Reference { life, last: 0, id }
    }

    /// Its words, and at least `min` of them.
    pub(in crate::beam) fn words(self, min: usize) -> impl DoubleEndedIterator<Item = u32> {
        let words = [0, 1, 2, 3].map(|word| (self.id >> (32 * word)) as u32);
        let words = [words[0], words[1], words[2], words[3], self.last];
        let used = words.iter().rposition(|word| *word != 0).map_or(0, |last| last + 1);
        words.into_iter().take(used.max(min))
    }
}

/// A port: `#Port<0.5>`. Ordered by node, creation and number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Port {
    /// The life of the node that it belongs to.
    pub life: Life,
    /// Its number there.
    pub number: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usual_pid_is_a_word() {
        let life = Life::new(AtomIndex::new("a@x"), 3);
        let pid = ProcessId { life, number: 85, serial: 2 };
        assert_eq!(pid.to_payload().map(ProcessId::from_payload), Some(pid));
        assert_eq!(ProcessId { life, number: 1 << 28, serial: 0 }.to_payload(), None);
        assert_eq!(ProcessId { life, number: 0, serial: 1 << 14 }.to_payload(), None);
    }

    #[test]
    fn pids_are_ordered_by_serial_then_number_then_node() {
        let a = Life::new(AtomIndex::new("a@x"), 1);
        let b = Life::new(AtomIndex::new("b@x"), 1);
        let pid = |life, number, serial| ProcessId { life, number, serial };
        let mut pids = [pid(a, 1, 1), pid(b, 2, 0), pid(a, 2, 0), pid(b, 1, 0)];
        pids.sort();
        assert_eq!(pids, [pid(b, 1, 0), pid(a, 2, 0), pid(b, 2, 0), pid(a, 1, 1)]);
    }
}
