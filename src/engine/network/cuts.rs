//! The pairs of nodes that are cut from each other.

use std::collections::BTreeMap;

use super::ids::NodeId;

/// The cuts between nodes. Several partitions may cut the same pair; the pair is free again when
/// the last of them is healed.
#[derive(Debug, Default)]
pub(super) struct Cuts {
    partitions: BTreeMap<u32, Vec<(NodeId, NodeId)>>,
    counts: BTreeMap<(NodeId, NodeId), u32>,
}

impl Cuts {
    /// Adds a partition that cuts the way from the first node of each pair to the second.
    pub(super) fn add(&mut self, partition: u32, pairs: Vec<(NodeId, NodeId)>) {
        for pair in &pairs {
            *self.counts.entry(*pair).or_insert(0) += 1;
        }
        self.partitions.insert(partition, pairs);
    }

    /// Removes a partition, if it is in force.
    pub(super) fn remove(&mut self, partition: u32) {
        for pair in self.partitions.remove(&partition).unwrap_or_default() {
            if let Some(count) = self.counts.get_mut(&pair) {
                *count -= 1;
                if *count == 0 {
                    self.counts.remove(&pair);
                }
            }
        }
    }

    /// Returns whether no pair is cut.
    pub(super) fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Returns whether the way from one node to another is cut.
    pub(super) fn contains(&self, from: NodeId, to: NodeId) -> bool {
        self.counts.contains_key(&(from, to))
    }

    /// Returns whether a pair would be free again if a partition ended.
    pub(super) fn would_free(&self, partition: u32) -> bool {
        let pairs = self.partitions.get(&partition);
        pairs.is_some_and(|pairs| pairs.iter().any(|pair| self.counts.get(pair) == Some(&1)))
    }

    /// The partitions that are in force.
    pub(super) fn partitions(&self) -> Vec<u32> {
        self.partitions.keys().copied().collect()
    }
}
