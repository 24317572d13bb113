//! The steps that are not taken, in the order of their beginnings and ends: those before the first
//! end may be taken next.

use super::Step;

/// A doubly linked list of the beginnings and ends of steps. What is removed keeps its neighbours,
/// so that it can be put back, the last one first (Knuth, *Dancing links*, 2000).
///
/// The beginning of step n is entry 2n, its end 2n + 1.
pub(super) struct Candidates {
    next: Vec<u32>,
    previous: Vec<u32>,
    /// The steps that may not be taken before another one, by that one.
    followers: Vec<Vec<u32>>,
}

impl Candidates {
    pub(super) fn new<C>(steps: &[Step<C>]) -> Candidates {
        let mut followers = vec![Vec::new(); steps.len()];
        let mut entries: Vec<(u32, u32)> = Vec::with_capacity(2 * steps.len());
        for (number, step) in (0..).zip(steps) {
            match step.after {
                Some(before) => followers[before as usize].push(number),
                None => entries.extend(ranked(number, step)),
            }
        }
        entries.sort_unstable();
        // The last entry stands before the first and after the last one.
        let ends = 2 * steps.len();
        let (next, previous) = (vec![ends as u32; ends + 1], vec![ends as u32; ends + 1]);
        let mut list = Candidates { next, previous, followers };
        for (_, entry) in entries {
            list.link(entry, list.previous[ends], ends as u32);
        }
        list
    }

    /// The first place to look at.
    pub(super) fn first(&self) -> u32 {
        self.next[self.boundary() as usize]
    }

    pub(super) fn after(&self, entry: u32) -> u32 {
        self.next[entry as usize]
    }

    /// The place behind a step that is in the list.
    pub(super) fn after_step(&self, step: u32) -> u32 {
        self.after(2 * step)
    }

    /// The step that begins here; nothing at the first end, and at the end of the list.
    pub(super) fn step_at(&self, entry: u32) -> Option<u32> {
        (entry != self.boundary() && entry.is_multiple_of(2)).then_some(entry / 2)
    }

    /// The step that ends here.
    pub(super) fn end_at(&self, entry: u32) -> Option<u32> {
        (entry != self.boundary() && !entry.is_multiple_of(2)).then_some(entry / 2)
    }

    /// Takes a step out of the list; those that waited for it come in.
    pub(super) fn remove<C>(&mut self, step: u32, steps: &[Step<C>]) {
        self.unlink(2 * step);
        if steps[step as usize].ends.is_some() {
            self.unlink(2 * step + 1);
        }
        for index in 0..self.followers[step as usize].len() {
            let follower = self.followers[step as usize][index];
            for (rank, entry) in ranked(follower, &steps[follower as usize]) {
                let place = self.after(self.previous[2 * step as usize]);
                self.insert(rank, entry, place, steps);
            }
        }
    }

    /// Undoes the last removal.
    pub(super) fn put_back<C>(&mut self, step: u32, steps: &[Step<C>]) {
        for index in (0..self.followers[step as usize].len()).rev() {
            let follower = self.followers[step as usize][index];
            if steps[follower as usize].ends.is_some() {
                self.unlink(2 * follower + 1);
            }
            self.unlink(2 * follower);
        }
        if steps[step as usize].ends.is_some() {
            self.relink(2 * step + 1);
        }
        self.relink(2 * step);
    }

    /// Links an entry where it belongs, which is at or behind `place`.
    fn insert<C>(&mut self, rank: u32, entry: u32, mut place: u32, steps: &[Step<C>]) {
        while place != self.boundary() && rank_of(place, steps) < rank {
            place = self.next[place as usize];
        }
        self.link(entry, self.previous[place as usize], place);
    }

    fn link(&mut self, entry: u32, previous: u32, next: u32) {
        self.next[entry as usize] = next;
        self.previous[entry as usize] = previous;
        self.relink(entry);
    }

    fn unlink(&mut self, entry: u32) {
        let (previous, next) = (self.previous[entry as usize], self.next[entry as usize]);
        self.next[previous as usize] = next;
        self.previous[next as usize] = previous;
    }

    fn relink(&mut self, entry: u32) {
        let (previous, next) = (self.previous[entry as usize], self.next[entry as usize]);
        self.next[previous as usize] = entry;
        self.previous[next as usize] = entry;
    }

    fn boundary(&self) -> u32 {
        self.next.len() as u32 - 1
    }
}

fn ranked<C>(number: u32, step: &Step<C>) -> impl Iterator<Item = (u32, u32)> + use<C> {
    let end = step.ends.map(|end| (end, 2 * number + 1));
    [(step.begins, 2 * number)].into_iter().chain(end)
}

fn rank_of<C>(entry: u32, steps: &[Step<C>]) -> u32 {
    let step = &steps[entry as usize / 2];
    if entry.is_multiple_of(2) { step.begins } else { step.ends.unwrap_or(u32::MAX) }
}
