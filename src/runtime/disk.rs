//! A node's disk: files of terms that survive the node, as far as they were synced.

use std::collections::BTreeMap;

use crate::term::Term;

/// The files of one node.
#[derive(Debug, Default)]
pub(super) struct Disk {
    files: BTreeMap<String, File>,
}

#[derive(Debug, Default)]
struct File {
    terms: Vec<Term>,
    /// How many of the terms are safe from a crash.
    synced: usize,
}

impl Disk {
    pub(super) fn append(&mut self, file: &str, term: Term) {
        self.files.entry(file.to_owned()).or_default().terms.push(term);
    }

    /// How many terms a sync that begins now will make safe.
    pub(super) fn len(&self, file: &str) -> usize {
        self.files.get(file).map_or(0, |file| file.terms.len())
    }

    pub(super) fn synced(&mut self, file: &str, len: usize) {
        if let Some(file) = self.files.get_mut(file) {
            file.synced = file.synced.max(len.min(file.terms.len()));
        }
    }

    pub(super) fn read(&self, file: &str) -> Vec<Term> {
        self.files.get(file).map_or_else(Vec::new, |file| file.terms.clone())
    }

    pub(super) fn remove(&mut self, file: &str) {
        self.files.remove(file);
    }

    /// What was not synced is lost.
    pub(super) fn crash(&mut self) {
        for file in self.files.values_mut() {
            file.terms.truncate(file.synced);
        }
    }

    /// Everything is written out, as when a node stops in order.
    pub(super) fn sync_all(&mut self) {
        for file in self.files.values_mut() {
            file.synced = file.terms.len();
        }
    }
}
