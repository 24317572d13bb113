//! The shapes of partitions.

use rand::seq::SliceRandom;
use rand::{Rng, RngExt};

use crate::fault::Partition;
use crate::term::Atom;

/// Who can reach whom in a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CutShape {
    /// One node is cut off from all others.
    Isolate,
    /// The nodes fall into two groups.
    Halves,
    /// The nodes fall into two groups, and one node still reaches both.
    Bridge,
    /// Each node reaches a majority, but no two the same one.
    MajoritiesRing,
}

impl CutShape {
    /// All of them, with the name that each has in files.
    pub const NAMES: [(CutShape, &str); 4] = [
        (CutShape::Isolate, "isolate"),
        (CutShape::Halves, "halves"),
        (CutShape::Bridge, "bridge"),
        (CutShape::MajoritiesRing, "majorities_ring"),
    ];

    /// Those that can be cut one way.
    pub const ONE_WAY: [(CutShape, &str); 3] =
        [CutShape::NAMES[0], CutShape::NAMES[1], CutShape::NAMES[2]];

    /// Whether so many nodes can be cut like this.
    #[must_use]
    pub const fn is_possible(self, nodes: &[Atom]) -> bool {
        nodes.len()
            >= match self {
                CutShape::Isolate | CutShape::Halves => 2,
                CutShape::Bridge => 3,
                CutShape::MajoritiesRing => 4,
            }
    }
}

/// A cut as partitions of the network, and the nodes that it takes away from the others.
pub(super) struct Cut {
    pub(super) partitions: Vec<Partition>,
    pub(super) away: Vec<Atom>,
}

/// Draws a cut between nodes, of which at most so many are on the smaller side; nothing if there
/// are not enough nodes for its shape.
pub(super) fn draw(
    shape: CutShape,
    nodes: &[Atom],
    budget: usize,
    one_way: bool,
    rng: &mut impl Rng,
) -> Option<Cut> {
    // The same draws whatever is possible.
    let mut order = nodes.to_vec();
    order.shuffle(rng);
    let (size, first) = (rng.random_range(0..u32::MAX), rng.random_range(0..2) == 0);
    if !shape.is_possible(nodes) || budget == 0 {
        return None;
    }
    if shape == CutShape::MajoritiesRing {
        return Some(ring(&order, budget));
    }
    if shape == CutShape::Bridge {
        // In no group, so that it reaches all.
        order.pop();
    }
    let half = order.len() / 2;
    let largest = if shape == CutShape::Isolate { 1 } else { half.min(budget).max(1) };
    let smaller = 1 + size as usize % largest;
    let (away, rest) = order.split_at(smaller);
    let groups = if first { [away, rest] } else { [rest, away] };
    let groups = groups.map(<[Atom]>::to_vec).to_vec();
    Some(Cut { partitions: vec![Partition { id: 0, groups, one_way }], away: away.to_vec() })
}

/// Cuts one node off from others.
pub(super) fn isolate(node: Atom, others: impl Iterator<Item = Atom>, one_way: bool) -> Partition {
    let others = others.filter(|other| *other != node).collect();
    Partition { id: 0, groups: vec![vec![node], others], one_way }
}

/// In a ring each node keeps its nearest neighbours, as many as make a majority with itself.
fn ring(order: &[Atom], budget: usize) -> Cut {
    let count = order.len();
    let reach = (count / 2).div_ceil(2);
    let mut partitions = Vec::new();
    for (place, node) in order.iter().enumerate() {
        let later = order.iter().enumerate().skip(place + 1);
        let far = later.filter(|(other, _)| {
            let distance = other - place;
            distance.min(count - distance) > reach
        });
        let far: Vec<Atom> = far.map(|(_, other)| *other).collect();
        if !far.is_empty() {
            partitions.push(Partition { id: 0, groups: vec![vec![*node], far], one_way: false });
        }
    }
    // Nobody is cut off, but nobody can be spared either.
    Cut { partitions, away: order[..budget.min(count)].to_vec() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::rng::Streams;

    fn nodes(count: usize) -> Vec<Atom> {
        (0..count).map(|number| Atom::new(&format!("n{number}@x"))).collect()
    }

    /// The nodes that a node reaches, itself included.
    fn reached(cut: &Cut, nodes: &[Atom], from: Atom) -> BTreeSet<Atom> {
        let parted = |partition: &Partition, to: Atom| {
            let place = |node| partition.groups.iter().position(|group| group.contains(&node));
            matches!((place(from), place(to)), (Some(one), Some(other)) if one != other)
        };
        let reaches = |to: &Atom| !cut.partitions.iter().any(|partition| parted(partition, *to));
        nodes.iter().copied().filter(reaches).collect()
    }

    fn cuts(shape: CutShape, count: usize, budget: usize) -> Vec<(Cut, Vec<Atom>)> {
        let nodes = nodes(count);
        let mut rng = Streams::new(1).stream("cuts");
        let draw = |_| draw(shape, &nodes, budget, false, &mut rng).map(|cut| (cut, nodes.clone()));
        (0..50).filter_map(draw).collect()
    }

    #[test]
    fn in_a_ring_each_reaches_a_majority_and_no_two_the_same() {
        for count in [5, 6, 7, 9] {
            for (cut, nodes) in cuts(CutShape::MajoritiesRing, count, 2) {
                let views: BTreeSet<_> =
                    nodes.iter().map(|node| reached(&cut, &nodes, *node)).collect();
                assert_eq!(views.len(), count);
                assert!(views.iter().all(|view| 2 * view.len() > count && view.len() < count));
            }
        }
    }

    #[test]
    fn a_bridge_reaches_both_sides() {
        for (cut, nodes) in cuts(CutShape::Bridge, 5, 2) {
            let all = |node: &&Atom| reached(&cut, &nodes, **node).len() == 5;
            assert_eq!(nodes.iter().filter(all).count(), 1);
        }
    }

    #[test]
    fn no_more_nodes_are_cut_off_than_may_be() {
        for shape in CutShape::NAMES.map(|(shape, _)| shape) {
            for (count, budget) in [(2, 1), (3, 1), (5, 1), (5, 2), (7, 3)] {
                for (cut, nodes) in cuts(shape, count, budget) {
                    assert!((1..=budget).contains(&cut.away.len()), "{shape:?}");
                    let rest = nodes.iter().filter(|node| !cut.away.contains(node));
                    let least = count - cut.away.len();
                    let apart = rest.filter(|node| reached(&cut, &nodes, **node).len() < least);
                    assert!(shape == CutShape::MajoritiesRing || apart.count() == 0, "{shape:?}");
                }
            }
        }
        assert!(cuts(CutShape::Bridge, 2, 1).is_empty());
        assert!(cuts(CutShape::Halves, 5, 0).is_empty());
    }
}
