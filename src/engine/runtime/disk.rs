//! A node's disk: files of terms that survive the node, as far as they were synced, and what can be
//! wrong with it.
//!
//! A term is written to the operating system's cache; a sync moves it on to the disk, and the disk
//! says that it is safe. Faults break that chain where real ones do:
//!
//! - a sync that fails gives up what it was to make safe: the cache keeps it, no later sync tries
//!   again, and one that has nothing else to write succeeds. That is what Linux and others do (Rebello et al., *Can applications recover from fsync
//!   failures?*, USENIX ATC 2020)
//! - a disk that lies says that it has synced what it has in a cache of its own, which the power keeps
//! - what was safe may become unreadable: each term has a checksum, so that it is noticed

use std::collections::BTreeMap;

use rand::RngExt;

use super::file_system::FileSystem;
use crate::engine::network::Delay;
use crate::engine::rng::Stream;
use crate::engine::term::Term;

/// The reason why a disk has not done what it was asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiskError {
    /// There is no room for what was to be written (`ENOSPC`). Nothing was written.
    #[error("no space left on the disk")]
    Full,
    /// A sync has failed (`EIO`). What was to be made safe never will be: it has to be written anew.
    #[error("the disk could not be synced")]
    SyncFailed,
    /// The checksum of a term is wrong: the first such, counted from 1.
    #[error("record {0} is damaged")]
    Corrupt(usize),
}

/// Something that is wrong with a disk for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DiskFault {
    /// Syncs fail.
    FsyncError,
    /// Nothing more can be written.
    Full,
    /// Syncs are acknowledged at once, but what was synced is lost if the host loses power.
    Lying,
}

/// The event that empties the caches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// The node is gone: what was written and not synced is lost.
    Node,
    /// The host has lost power: what the disk had in its own cache is lost as well.
    Power,
}

/// The files of one node.
#[derive(Debug, Default)]
pub(super) struct Disk {
    files: BTreeMap<String, File>,
    faults: Vec<DiskFault>,
    /// The files of bytes.
    pub(super) tree: FileSystem,
    /// The time that a sync takes now; without it, that of the node's settings.
    pub(super) latency: Option<Delay>,
    /// The number of times that it was damaged.
    pub(super) damages: u64,
}

#[derive(Debug, Default)]
struct File {
    records: Vec<Record>,
    /// The content before the file was replaced, while the disk may still hold it.
    before: Option<Vec<Record>>,
}

#[derive(Clone, Debug)]
struct Record {
    term: Term,
    standing: Standing,
    damaged: bool,
}

/// The way that a term has come towards the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// The operating system has it.
    Written,
    /// The operating system has it, and takes it for written out, as a sync has failed.
    GivenUp,
    /// The disk has it in its own cache, and says that it is safe.
    Claimed,
    Safe,
}

impl Disk {
    pub(super) fn append(&mut self, file: &str, term: Term) -> Result<(), DiskError> {
        if self.has(DiskFault::Full) {
            return Err(DiskError::Full);
        }
        let record = Record { term, standing: Standing::Written, damaged: false };
        self.files.entry(file.to_owned()).or_default().records.push(record);
        Ok(())
    }

    /// The number of terms that a sync makes safe if it begins now.
    pub(super) fn len(&self, file: &str) -> usize {
        self.files.get(file).map_or(0, |file| file.records.len())
    }

    /// A sync of the first `len` terms of a file comes to its end.
    pub(super) fn synced(&mut self, file: &str, len: usize) -> Result<(), DiskError> {
        let (result, reached) = self.sync_result();
        let mut moved = 0;
        if let Some(file) = self.files.get_mut(file) {
            let len = len.min(file.records.len());
            moved = move_on(&mut file.records[..len], Standing::Written, reached);
        }
        if reached == Standing::Safe {
            self.flush();
        }
        // Where there is nothing to write out, nothing can go wrong.
        if moved == 0 { Ok(()) } else { result }
    }

    /// Puts these terms in the place of a file, and makes them safe; as a whole or not at all.
    pub(super) fn replace(&mut self, file: &str, terms: Vec<Term>) -> Result<(), DiskError> {
        if self.has(DiskFault::Full) {
            return Err(DiskError::Full);
        }
        let (result, standing) = self.sync_result();
        result?;
        let records = terms.into_iter().map(|term| Record { term, standing, damaged: false });
        let file = self.files.entry(file.to_owned()).or_default();
        let old = std::mem::replace(&mut file.records, records.collect());
        file.before.get_or_insert(old);
        if standing == Standing::Safe {
            self.flush();
        }
        Ok(())
    }

    /// The result of a sync now, and the standing of the terms after it.
    fn sync_result(&self) -> (Result<(), DiskError>, Standing) {
        if self.has(DiskFault::FsyncError) {
            (Err(DiskError::SyncFailed), Standing::GivenUp)
        } else if self.has(DiskFault::Lying) {
            (Ok(()), Standing::Claimed)
        } else {
            (Ok(()), Standing::Safe)
        }
    }

    /// The disk writes out what it has in its own cache, as it does for every sync.
    fn flush(&mut self) {
        for file in self.files.values_mut() {
            move_on(&mut file.records, Standing::Claimed, Standing::Safe);
            file.before = None;
        }
    }

    pub(super) fn read(&self, file: &str) -> Result<Vec<Term>, DiskError> {
        let records = self.files.get(file).map(|file| file.records.as_slice()).unwrap_or_default();
        match records.iter().position(|record| record.damaged) {
            Some(place) => Err(DiskError::Corrupt(place + 1)),
            None => Ok(records.iter().map(|record| record.term.clone()).collect()),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.tree.is_empty() && self.files.values().all(|file| file.records.is_empty())
    }

    pub(super) fn remove(&mut self, file: &str) {
        self.files.remove(file);
    }

    /// Everything that is not safe is lost. A term that is lost before one that is kept leaves a hole, which
    /// reads as a damaged one.
    pub(super) fn crash(&mut self, loss: Loss) {
        for file in self.files.values_mut() {
            file.crash(loss);
        }
        self.tree.crash(loss);
    }

    /// Everything is written out, as when a node stops in order.
    pub(super) fn sync_all(&mut self) {
        let names: Vec<String> = self.files.keys().cloned().collect();
        for name in names {
            // Nobody is there any more to hear of an error.
            let _ = self.synced(&name, usize::MAX);
        }
        self.tree.sync_all();
    }

    /// Damages a term of each file; whether there was one.
    pub(super) fn damage(&mut self, rng: &mut Stream) -> bool {
        self.damages += 1;
        let mut files = self.files.values_mut().filter(|file| !file.records.is_empty()).peekable();
        let any = files.peek().is_some();
        for file in files {
            let place = rng.random_range(0..file.records.len());
            file.records[place].damaged = true;
        }
        self.tree.damage(|len| rng.random_range(0..len)) || any
    }

    pub(super) fn has(&self, fault: DiskFault) -> bool {
        self.faults.contains(&fault)
    }

    pub(super) fn begin(&mut self, fault: DiskFault) {
        if !self.has(fault) {
            self.faults.push(fault);
        }
        self.tree.set_faults(&self.faults);
    }

    pub(super) fn end(&mut self, fault: DiskFault) {
        self.faults.retain(|each| *each != fault);
        self.tree.set_faults(&self.faults);
    }
}

impl File {
    fn crash(&mut self, loss: Loss) {
        let survives = |record: &Record| match record.standing {
            Standing::Written | Standing::GivenUp => false,
            Standing::Claimed => loss == Loss::Node,
            Standing::Safe => true,
        };
        if loss == Loss::Power
            && let Some(before) = self.before.take()
        {
            self.records = before;
        }
        let kept = self.records.iter().rposition(survives).map_or(0, |last| last + 1);
        self.records.truncate(kept);
        for record in &mut self.records {
            record.damaged |= !survives(record);
            record.standing = match record.standing {
                Standing::Written | Standing::GivenUp => Standing::Safe,
                Standing::Claimed if loss == Loss::Power => Standing::Safe,
                standing @ (Standing::Claimed | Standing::Safe) => standing,
            };
        }
    }
}

/// The number of records that have been moved on.
fn move_on(records: &mut [Record], from: Standing, to: Standing) -> usize {
    let mut moved = 0;
    for record in records.iter_mut().filter(|record| record.standing == from) {
        record.standing = to;
        moved += 1;
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "file";

    fn disk(terms: &[i64]) -> Disk {
        let mut disk = Disk::default();
        for term in terms {
            disk.append(FILE, Term::from(*term)).unwrap();
        }
        disk
    }

    fn sync(disk: &mut Disk) -> Result<(), DiskError> {
        disk.synced(FILE, disk.len(FILE))
    }

    fn read(disk: &Disk) -> Result<Vec<i64>, DiskError> {
        let integer = |term: Term| match term {
            Term::Integer(value) => value,
            other => panic!("{other}"),
        };
        Ok(disk.read(FILE)?.into_iter().map(integer).collect())
    }

    #[test]
    fn what_was_synced_survives() {
        let mut disk = disk(&[1]);
        sync(&mut disk).unwrap();
        disk.append(FILE, Term::from(2)).unwrap();
        disk.crash(Loss::Node);
        assert_eq!(read(&disk), Ok(vec![1]));
    }

    #[test]
    fn a_sync_that_succeeds_after_one_that_failed_does_not_make_up_for_it() {
        let mut disk = disk(&[1]);
        sync(&mut disk).unwrap();
        disk.begin(DiskFault::FsyncError);
        disk.append(FILE, Term::from(2)).unwrap();
        assert_eq!(sync(&mut disk), Err(DiskError::SyncFailed));
        assert_eq!(sync(&mut disk), Ok(()), "there is nothing that it would try again");
        disk.end(DiskFault::FsyncError);
        assert_eq!(sync(&mut disk), Ok(()));
        assert_eq!(read(&disk), Ok(vec![1, 2]), "the cache still has it");
        disk.crash(Loss::Node);
        assert_eq!(read(&disk), Ok(vec![1]));
    }

    #[test]
    fn what_is_lost_before_something_that_is_kept_reads_as_damaged() {
        let mut disk = disk(&[1]);
        disk.begin(DiskFault::FsyncError);
        assert!(sync(&mut disk).is_err());
        disk.end(DiskFault::FsyncError);
        disk.append(FILE, Term::from(2)).unwrap();
        sync(&mut disk).unwrap();
        disk.crash(Loss::Node);
        assert_eq!(read(&disk), Err(DiskError::Corrupt(1)));
    }

    #[test]
    fn a_lying_disk_loses_what_it_acknowledged_with_the_power_only() {
        for (loss, expected) in [(Loss::Node, vec![1, 2]), (Loss::Power, vec![1])] {
            let mut disk = disk(&[1]);
            sync(&mut disk).unwrap();
            disk.begin(DiskFault::Lying);
            disk.append(FILE, Term::from(2)).unwrap();
            sync(&mut disk).unwrap();
            disk.crash(loss);
            assert_eq!(read(&disk), Ok(expected), "{loss:?}");
        }
    }

    #[test]
    fn an_honest_sync_writes_out_what_the_disk_has_only_claimed() {
        let mut disk = disk(&[1]);
        disk.begin(DiskFault::Lying);
        sync(&mut disk).unwrap();
        disk.end(DiskFault::Lying);
        disk.synced("other", 0).unwrap();
        disk.crash(Loss::Power);
        assert_eq!(read(&disk), Ok(vec![1]));
    }

    #[test]
    fn a_full_disk_takes_nothing_and_keeps_what_it_has() {
        let mut disk = disk(&[1]);
        disk.begin(DiskFault::Full);
        assert_eq!(disk.append(FILE, Term::from(2)), Err(DiskError::Full));
        assert_eq!(disk.replace(FILE, vec![]), Err(DiskError::Full));
        assert_eq!(sync(&mut disk), Ok(()));
        assert_eq!(read(&disk), Ok(vec![1]));
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_or_not_at_all() {
        let other = || vec![Term::from(7)];
        let mut disk = disk(&[1]);
        sync(&mut disk).unwrap();
        disk.begin(DiskFault::FsyncError);
        assert!(disk.replace(FILE, other()).is_err());
        assert_eq!(read(&disk), Ok(vec![1]));
        disk.end(DiskFault::FsyncError);
        disk.begin(DiskFault::Lying);
        disk.replace(FILE, other()).unwrap();
        assert_eq!(read(&disk), Ok(vec![7]));
        disk.crash(Loss::Power);
        assert_eq!(read(&disk), Ok(vec![1]));
        disk.end(DiskFault::Lying);
        disk.replace(FILE, other()).unwrap();
        disk.crash(Loss::Power);
        assert_eq!(read(&disk), Ok(vec![7]));
    }

    #[test]
    fn a_damaged_term_is_noticed_until_the_file_is_replaced() {
        let mut disk = disk(&[1, 2, 3]);
        let mut rng = crate::engine::rng::Streams::new(1).stream("disk");
        assert!(!Disk::default().damage(&mut rng));
        assert!(disk.damage(&mut rng));
        assert!(matches!(disk.read(FILE), Err(DiskError::Corrupt(1..=3))));
        disk.replace(FILE, vec![Term::from(4)]).unwrap();
        assert_eq!(read(&disk), Ok(vec![4]));
    }
}
