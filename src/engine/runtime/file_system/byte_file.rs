//! A file of bytes, and what of it is safe from a crash.

use std::ops::Range;

use crate::engine::runtime::disk::Loss;

/// The permissions of a new file.
const MODE: u32 = 0o644;

/// A file: what the operating system has of it, what the disk says that it has, and what it has.
#[derive(Clone, Debug)]
pub(super) struct ByteFile {
    pub(super) bytes: Vec<u8>,
    /// The parts that were written and not synced.
    pub(super) unsynced: Vec<Range<usize>>,
    pub(super) is_resized: bool,
    pub(super) claimed: Vec<u8>,
    pub(super) safe: Vec<u8>,
    /// A part that the disk claims to have is not safe.
    pub(super) is_claimed: bool,
    pub(super) names: u32,
    pub(super) openings: u32,
    pub(super) mode: u32,
    pub(super) written: i64,
}

impl ByteFile {
    pub(super) fn new(now: i64) -> ByteFile {
        ByteFile {
            bytes: Vec::new(),
            unsynced: Vec::new(),
            is_resized: false,
            claimed: Vec::new(),
            safe: Vec::new(),
            is_claimed: false,
            names: 1,
            openings: 0,
            mode: MODE,
            written: now,
        }
    }

    /// Takes note of what was written. What goes on where the last ended is one with it.
    pub(super) fn note(&mut self, written: Range<usize>) {
        match self.unsynced.last_mut() {
            Some(last) if last.end == written.start => last.end = written.end,
            Some(_) | None => self.unsynced.push(written),
        }
    }

    /// The disk says that it has what was written.
    pub(super) fn claim(&mut self) {
        if self.unsynced.is_empty() && !self.is_resized {
            return;
        }
        self.claimed.resize(self.bytes.len(), 0);
        for range in self.unsynced.drain(..) {
            let range = range.start.min(self.bytes.len())..range.end.min(self.bytes.len());
            self.claimed[range.clone()].copy_from_slice(&self.bytes[range]);
        }
        self.is_resized = false;
        self.is_claimed = true;
    }

    pub(super) fn make_safe(&mut self) {
        if self.is_claimed {
            self.safe.clone_from(&self.claimed);
            self.is_claimed = false;
        }
    }

    pub(super) fn crash(&mut self, loss: Loss) {
        if loss == Loss::Power {
            self.claimed.clone_from(&self.safe);
            self.is_claimed = false;
        }
        self.bytes.clone_from(&self.claimed);
        self.unsynced.clear();
        self.is_resized = false;
    }
}
