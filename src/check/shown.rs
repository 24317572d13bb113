//! The values that reads show. Each read of a list that grows shows what the one before it shows, and
//! more: what reads have in common is kept once.

use std::ops::Deref;
use std::rc::Rc;

use super::keys::Value;

/// What a read shows: the beginning of a list that other reads may show more of.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    list: Rc<[Value]>,
    length: usize,
}

impl Deref for Shown {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.list[..self.length]
    }
}

impl From<Vec<Value>> for Shown {
    fn from(values: Vec<Value>) -> Shown {
        Shown { length: values.len(), list: values.into() }
    }
}

impl FromIterator<Value> for Shown {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> Shown {
        Shown::from(values.into_iter().collect::<Vec<Value>>())
    }
}

/// The lists of which reads show beginnings, while they grow.
#[derive(Default)]
pub(super) struct Lists {
    all: Vec<Vec<Value>>,
    /// Those that grew last, at most [`Lists::GROWING`].
    growing: Vec<usize>,
}

/// The place of a list, and how much of it a read shows.
#[derive(Clone, Copy)]
pub(super) struct Part {
    list: usize,
    length: usize,
}

impl Lists {
    /// How many lists are told apart that grow at one time: two sides of a partition have two.
    const GROWING: usize = 8;

    /// Keeps what a read shows.
    pub(super) fn keep(&mut self, values: &[Value]) -> Part {
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
    pub(super) fn finished(self) -> impl Fn(Part) -> Shown {
        let all: Vec<Rc<[Value]>> = self.all.into_iter().map(Rc::from).collect();
        move |Part { list, length }| Shown { list: Rc::clone(&all[list]), length }
    }
}
