//! Delta debugging: a minimal part of a list that still has a property of the whole.
//!
//! The algorithm is `ddmin` of Zeller and Hildebrandt, *Simplifying and Isolating Failure-Inducing
//! Input* (IEEE Transactions on Software Engineering 28(2), 2002), with two changes that leave what
//! it promises alone: once something is left out, the search goes on behind it instead of starting
//! over, and single parts are only tried while they are large.

use std::ops::Range;

/// A part of a list that is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Subset {
    /// Only these.
    Only(Range<usize>),
    /// All but these.
    Without(Range<usize>),
}

impl Subset {
    /// True if it has the item at this place of the list.
    pub(super) fn has(&self, place: usize) -> bool {
        match self {
            Subset::Only(range) => range.contains(&place),
            Subset::Without(range) => !range.contains(&place),
        }
    }
}

/// The part that was taken, and the length of the list afterwards: leaving something out may leave
/// out more.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reduction {
    pub(super) place: usize,
    pub(super) length: usize,
}

/// Above this number of pieces, one piece alone is hardly ever enough.
const PIECES_ALONE_MAX: usize = 16;

/// Shortens a list until no single item can be left out. `first` tries parts of the current list,
/// and replaces it by the first that still has the property.
pub(super) fn minimize(mut length: usize, mut first: impl FnMut(&[Subset]) -> Option<Reduction>) {
    if length == 0 || first(&[Subset::Only(0..0)]).is_some() {
        return;
    }
    let (mut pieces, mut begin) = (2, 0);
    while length >= 2 {
        pieces = pieces.min(length);
        let piece = |number: usize| (number * length / pieces)..((number + 1) * length / pieces);
        let alone = if (3..=PIECES_ALONE_MAX).contains(&pieces) { pieces } else { 0 };
        let order = (0..pieces).map(|number| (begin + number) % pieces);
        let parts: Vec<Subset> = (0..alone)
            .map(|number| Subset::Only(piece(number)))
            .chain(order.map(|number| Subset::Without(piece(number))))
            .collect();
        match first(&parts) {
            Some(taken) => {
                length = taken.length;
                (begin, pieces) = if taken.place < alone {
                    (0, 2)
                } else {
                    // The piece after the one left out has moved into its place.
                    let number = (begin + taken.place - alone) % pieces;
                    let fewer = (pieces - 1).max(2);
                    (number % fewer, fewer)
                };
            }
            None if pieces == length => return,
            None => (begin, pieces) = (0, pieces * 2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Shortens the numbers below `count` as long as `fails`, and counts what was tried.
    fn minimized(count: usize, fails: impl Fn(&[usize]) -> bool) -> (Vec<usize>, usize) {
        let (mut list, mut tried): (Vec<usize>, usize) = ((0..count).collect(), 0);
        minimize(count, |parts| {
            for (place, part) in parts.iter().enumerate() {
                let kept = list.iter().enumerate().filter(|(place, _)| part.has(*place));
                let kept: Vec<usize> = kept.map(|(_, item)| *item).collect();
                tried += 1;
                if fails(&kept) {
                    list = kept;
                    return Some(Reduction { place, length: list.len() });
                }
            }
            None
        });
        (list, tried)
    }

    #[test]
    fn what_is_needed_is_found_among_much_that_is_not() {
        for needed in [vec![], vec![0], vec![1499], vec![3, 700, 701, 1200]] {
            let (list, tried) =
                minimized(1500, |list| needed.iter().all(|item| list.contains(item)));
            assert_eq!(list, needed);
            assert!(tried < 300, "{tried} tried");
        }
    }

    #[test]
    fn all_is_kept_if_all_is_needed() {
        let (list, tried) = minimized(20, |list| list.len() == 20);
        assert_eq!(list.len(), 20);
        assert!(tried < 80, "{tried} tried");
    }

    proptest! {
        #[test]
        fn nothing_can_be_left_out_of_what_is_left(
            count in 1..60_usize,
            ways in prop::collection::vec(prop::collection::vec(0..60_usize, 1..6), 1..4),
        ) {
            let holds = |list: &[usize], way: &Vec<usize>| way.iter().all(|item| list.contains(item));
            let fails = |list: &[usize]| ways.iter().any(|way| holds(list, way));
            let all: Vec<usize> = (0..count).collect();
            prop_assume!(fails(&all));
            let (list, _) = minimized(count, fails);
            prop_assert!(fails(&list));
            for place in 0..list.len() {
                let mut less = list.clone();
                less.remove(place);
                prop_assert!(!fails(&less), "{list:?} without {}", list[place]);
            }
        }
    }
}
