//! The state that a member must not forget: its term, its vote and its log.

use serde::{Deserialize, Serialize};

use super::RaftMutation;
use super::protocol::{Position, RaftEntry};
use crate::engine::term::{Atom, Term, from_term, to_term};

/// The term, the vote and the log of a member.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct RaftLog {
    /// The latest term that it has heard of.
    pub(super) term: u64,
    /// The member that it has voted for in this term.
    pub(super) voted_for: Option<Atom>,
    entries: Vec<RaftEntry>,
}

/// A record on the disk.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RaftRecord {
    /// The term, and the vote in it.
    Vote(u64, Option<Atom>),
    /// The entries after an index, in the place of those that were there.
    Entries(u64, Vec<RaftEntry>),
}

impl RaftRecord {
    pub(super) fn to_term(&self) -> Term {
        to_term(self).expect("a record holds text and numbers")
    }
}

impl RaftLog {
    /// The log that the records of a file amount to.
    pub(super) fn replay(records: &[Term]) -> RaftLog {
        let mut log = RaftLog::default();
        for record in records {
            log.apply(from_term(record).expect("a member wrote the record"));
        }
        log
    }

    /// The shortest file that comes to the same.
    pub(super) fn records(&self) -> Vec<Term> {
        let entries = RaftRecord::Entries(0, self.entries.clone());
        vec![self.vote().to_term(), entries.to_term()]
    }

    pub(super) fn vote(&self) -> RaftRecord {
        RaftRecord::Vote(self.term, self.voted_for)
    }

    pub(super) fn apply(&mut self, record: RaftRecord) {
        match record {
            RaftRecord::Vote(term, voted_for) => (self.term, self.voted_for) = (term, voted_for),
            RaftRecord::Entries(after, entries) => {
                self.entries.truncate(after as usize);
                self.entries.extend(entries);
            }
        }
    }

    /// The index of the last entry.
    pub(super) fn end(&self) -> u64 {
        self.entries.len() as u64
    }

    /// The entry at an index.
    pub(super) fn get(&self, index: u64) -> Option<&RaftEntry> {
        self.entries.get(index.checked_sub(1)? as usize)
    }

    /// The entries after an index, at most so many.
    pub(super) fn after(&self, index: u64, at_most: usize) -> Vec<RaftEntry> {
        self.entries.iter().skip(index as usize).take(at_most).cloned().collect()
    }

    /// The place of an index; before the first entry there is term 0.
    pub(super) fn position(&self, index: u64) -> Position {
        Position { term: self.get(index).map_or(0, |entry| entry.term), index }
    }

    /// True if this log has that entry, and hence all before it.
    pub(super) fn has(&self, position: Position) -> bool {
        position.index <= self.end() && self.position(position.index) == position
    }

    /// The record of what this log lacks of a leader's entries after an index, or has otherwise.
    /// Nothing is taken out because a message is old and says less.
    pub(super) fn lacks(&self, after: u64, entries: Vec<RaftEntry>) -> Option<RaftRecord> {
        let is_known = |(index, entry): (u64, &RaftEntry)| {
            self.get(index).is_some_and(|own| own.term == entry.term)
        };
        let known = (after + 1..).zip(&entries).take_while(|each| is_known(*each)).count();
        let lacking: Vec<RaftEntry> = entries.into_iter().skip(known).collect();
        let after = after + known as u64;
        (!lacking.is_empty()).then_some(RaftRecord::Entries(after, lacking))
    }

    /// The index up to which a leader may commit, given how far each member has its log, itself
    /// included. An entry of an earlier term does not count, however many have it: a later leader may
    /// be without it.
    pub(super) fn committed(&self, mut copies: Vec<u64>, mutation: RaftMutation) -> Option<u64> {
        copies.sort_unstable();
        let of_majority = copies[(copies.len() - 1) / 2];
        let own = self.get(of_majority)?.term == self.term;
        (own || mutation == RaftMutation::CountOldTerms).then_some(of_majority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::services::kv::{Change, KeyValueRequest};

    /// A log with entries of these terms, in the last of them.
    fn log(terms: &[u64]) -> RaftLog {
        let mut log = RaftLog { term: terms.last().copied().unwrap_or(0), ..RaftLog::default() };
        log.apply(RaftRecord::Entries(0, entries(terms)));
        log
    }

    fn entries(terms: &[u64]) -> Vec<RaftEntry> {
        let (key, client) = ("k".to_owned(), "c".to_owned());
        let request = KeyValueRequest { key, client, change: Change::Get, number: 1, within_ms: 1 };
        terms.iter().map(|term| RaftEntry { term: *term, request: request.clone() }).collect()
    }

    #[test]
    fn a_log_is_the_same_after_a_restart() {
        let mut log = log(&[1, 1, 2]);
        log.voted_for = Some(Atom::new("s1@a"));
        assert_eq!(RaftLog::replay(&log.records()), log);
        assert_eq!(RaftLog::replay(&[]), RaftLog::default());
    }

    #[test]
    fn a_log_of_a_later_term_goes_further_than_a_longer_one() {
        let last = |terms: &[u64]| {
            let log = log(terms);
            log.position(log.end())
        };
        assert!(last(&[1, 3]) > last(&[1, 2, 2]));
        assert!(last(&[1, 2, 2]) > last(&[1, 2]));
        assert!(last(&[1]) > last(&[]));
    }

    #[test]
    fn a_follower_takes_what_fits_and_what_it_lacks() {
        let log = log(&[1, 1, 2]);
        let at = |term, index| Position { term, index };
        assert!(log.has(at(0, 0)) && log.has(at(1, 2)) && log.has(at(2, 3)));
        assert!(!log.has(at(2, 2)) && !log.has(at(2, 4)) && !log.has(at(1, 0)));
        let lacks = |after, terms: &[u64]| log.lacks(after, entries(terms));
        let record = |after, terms: &[u64]| Some(RaftRecord::Entries(after, entries(terms)));
        assert_eq!(lacks(0, &[1, 1]), None);
        assert_eq!(lacks(3, &[2]), record(3, &[2]));
        assert_eq!(lacks(1, &[1, 3, 3]), record(2, &[3, 3]));
        assert_eq!(lacks(1, &[]), None);
    }

    /// Figure 8 of the paper: in (c) the entry of term 2 is on three of five, and is not committed;
    /// in (e) it is, with one of term 4.
    #[test]
    fn copies_of_an_entry_of_an_earlier_term_do_not_commit_it() {
        let mut leader = log(&[1, 2]);
        leader.term = 4;
        let c = vec![2, 2, 2, 1, 1];
        assert_eq!(leader.committed(c.clone(), RaftMutation::None), None);
        assert_eq!(leader.committed(c, RaftMutation::CountOldTerms), Some(2));
        let leader = log(&[1, 2, 4]);
        assert_eq!(leader.committed(vec![3, 3, 3, 1, 1], RaftMutation::None), Some(3));
        assert_eq!(leader.committed(vec![3, 3, 2, 2, 1], RaftMutation::None), None);
        assert_eq!(leader.committed(vec![3, 3, 2, 2], RaftMutation::None), None);
        assert_eq!(log(&[]).committed(vec![0, 0, 0], RaftMutation::None), None);
    }
}
