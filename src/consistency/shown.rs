//! The values that reads show. Each read of a list that grows shows what the one before it shows, and
//! more: what reads have in common is kept once.

use std::ops::Deref;
use std::rc::Rc;

use super::keys::ValueId;

/// The list that a read shows: a prefix of a list of which other reads may show more.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    list: Rc<[ValueId]>,
    length: usize,
}

impl Deref for Shown {
    type Target = [ValueId];

    fn deref(&self) -> &[ValueId] {
        &self.list[..self.length]
    }
}

impl From<Vec<ValueId>> for Shown {
    fn from(values: Vec<ValueId>) -> Shown {
        Shown { length: values.len(), list: values.into() }
    }
}

impl FromIterator<ValueId> for Shown {
    fn from_iter<I: IntoIterator<Item = ValueId>>(values: I) -> Shown {
        Shown::from(values.into_iter().collect::<Vec<ValueId>>())
    }
}

/// The lists of which reads show beginnings, while they grow.
#[derive(Default)]
pub(crate) struct Lists {
    all: Vec<Vec<ValueId>>,
    /// Those that grew last, at most [`Lists::GROWING`].
    growing: Vec<usize>,
}

/// The place of a list, and how much of it a read shows.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    list: usize,
    length: usize,
}

impl Lists {
    /// The most lists that are kept apart while they grow: the two sides of a partition have two.
    const GROWING: usize = 8;

    /// Keeps what a read shows.
    pub(crate) fn keep(&mut self, values: &[ValueId]) -> Part {
        let all = &mut self.all;
        let agrees = |list: &usize| {
            let shorter = all[*list].len().min(values.len());
            shorter > 0 && all[*list][..shorter] == values[..shorter]
        };
        let known = self.growing.iter().rposition(agrees);
        let list = known.map_or_else(
            || {
                all.push(Vec::new());
                all.len() - 1
            },
            |place| self.growing.remove(place),
        );
        let known = all[list].len().min(values.len());
        all[list].extend_from_slice(&values[known..]);
        self.growing.push(list);
        if self.growing.len() > Lists::GROWING {
            self.growing.remove(0);
        }
        Part { list, length: values.len() }
    }

    /// The lists as they are in the end, by the parts of them that reads show.
    pub(crate) fn finished(self) -> impl Fn(Part) -> Shown {
        let all: Vec<Rc<[ValueId]>> = self.all.into_iter().map(Rc::from).collect();
        move |Part { list, length }| Shown { list: Rc::clone(&all[list]), length }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// The lists that reads show after each was kept, and the number of values that all of it
    /// takes.
    fn kept(reads: &[Vec<u32>]) -> (Vec<Vec<u32>>, usize) {
        let mut lists = Lists::default();
        let parts: Vec<Part> = reads
            .iter()
            .map(|read| {
                lists.keep(&read.iter().map(|it| ValueId::numbered(*it)).collect::<Vec<_>>())
            })
            .collect();
        let shown = lists.finished();
        let shown: Vec<Shown> = parts.into_iter().map(shown).collect();
        let lists: BTreeSet<*const ValueId> = shown.iter().map(|it| it.list.as_ptr()).collect();
        let whole = |list: &*const ValueId| {
            shown.iter().find(|it| it.list.as_ptr() == *list).map_or(0, |it| it.list.len())
        };
        let total = lists.iter().map(whole).sum();
        let shown = shown.iter().map(|it| it.iter().map(|value| value.place() as u32).collect());
        (shown.collect(), total)
    }

    proptest! {
        #[test]
        fn reads_show_what_they_showed(
            reads in prop::collection::vec(prop::collection::vec(0..2_u32, 0..5), 0..40),
        ) {
            prop_assert_eq!(&kept(&reads).0, &reads);
        }
    }

    #[test]
    fn what_grows_is_kept_once_on_both_sides_of_a_partition() {
        let common: Vec<u32> = (0..100).collect();
        let side = |first: u32, more: u32| {
            [&common[..], &(first..first + more).collect::<Vec<_>>()].concat()
        };
        let reads: Vec<Vec<u32>> =
            (1..100).flat_map(|more| [side(1_000, more), side(2_000, more)]).collect();
        let (shown, total) = kept(&reads);
        assert_eq!(shown, reads);
        assert!(total < 500, "{total}");
    }
}
