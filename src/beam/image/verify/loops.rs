//! Loops without a call, in which a process would never let others run.

use std::collections::BTreeMap;

use super::super::build::Problem;

/// A way from one place to another on which no call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Edge {
    pub(super) from: u32,
    pub(super) to: u32,
}

/// Looks whether ways lead in a circle. Compilers write none: what comes again is a call or a `receive`.
pub(super) fn check(mut edges: Vec<Edge>) -> Result<(), Problem> {
    edges.sort_unstable();
    edges.dedup();
    if edges.iter().all(|edge| edge.from < edge.to) {
        return Ok(());
    }
    // How many ways lead to each place: those that none leads to are taken away until none is left.
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    for edge in &edges {
        counts.entry(edge.from).or_default();
        *counts.entry(edge.to).or_default() += 1;
    }
    let mut free: Vec<u32> =
        counts.iter().filter(|(_, count)| **count == 0).map(|(place, _)| *place).collect();
    let mut taken = 0;
    while let Some(place) = free.pop() {
        taken += 1;
        let first = edges.partition_point(|edge| edge.from < place);
        for edge in edges[first..].iter().take_while(|edge| edge.from == place) {
            if let Some(count) = counts.get_mut(&edge.to) {
                *count -= 1;
                if *count == 0 {
                    free.push(edge.to);
                }
            }
        }
    }
    if taken == counts.len() { Ok(()) } else { Err("a loop makes no call") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_is_found_and_a_way_back_alone_is_none() {
        let edges = |pairs: &[(u32, u32)]| -> Vec<Edge> {
            pairs.iter().map(|(from, to)| Edge { from: *from, to: *to }).collect()
        };
        assert!(check(edges(&[(1, 5), (5, 9), (5, 3), (3, 9), (9, 2)])).is_ok());
        assert!(check(edges(&[(1, 5), (5, 9), (9, 5)])).is_err());
        assert!(check(edges(&[(1, 1)])).is_err());
    }
}
