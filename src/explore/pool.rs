//! Work spread over threads, its results in the order of the work: nobody who reads them can tell
//! how many threads there were.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::ops::ControlFlow;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// The number of finished results per thread that may wait for an earlier one.
const AHEAD: usize = 64;

/// The number of threads that this machine runs at once.
#[must_use]
pub fn available_jobs() -> NonZero<usize> {
    thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN)
}

/// The most threads that are started, however many are asked for.
const THREADS_MAX: usize = 1024;

/// Does `work` on each item, on this many threads but no more than there are items, and passes the
/// results to `take` in the order of the items. No more items are begun once `take` breaks; those
/// in progress are finished and their results dropped.
///
/// Each thread has its own state, made by `start` on that thread, so that it need not be [`Send`].
///
/// ```
/// use std::num::NonZero;
/// use std::ops::ControlFlow;
/// use nodedown::explore::pool;
///
/// let (jobs, mut squares) = (NonZero::new(4).unwrap(), Vec::new());
/// pool::in_order(jobs, 1..=100_u64, || (), |(), number| number * number, |square| {
///     squares.push(square);
///     if square < 49 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
/// });
/// assert_eq!(squares, [1, 4, 9, 16, 25, 36, 49]);
/// ```
///
/// # Panics
/// If `work` or `start` does.
pub fn in_order<I, S, R>(
    jobs: NonZero<usize>,
    items: I,
    start: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, I::Item) -> R + Sync,
    mut take: impl FnMut(R) -> ControlFlow<()>,
) where
    I: IntoIterator<IntoIter: Send>,
    R: Send,
{
    let items = items.into_iter();
    let most = items.size_hint().1.unwrap_or(usize::MAX).clamp(1, THREADS_MAX);
    let jobs = jobs.get().min(most);
    let items = Mutex::new(items.enumerate());
    thread::scope(|scope| {
        // When the receiver is dropped, threads find that nobody wants more.
        let (done, results) = sync_channel(AHEAD * jobs);
        for _ in 0..jobs {
            let (done, items, start, work) = (done.clone(), &items, &start, &work);
            scope.spawn(move || labour(items, &done, start, work));
        }
        drop(done);
        let mut early = BTreeMap::new();
        let mut next = 0;
        for (place, result) in results {
            early.insert(place, result);
            while let Some(result) = early.remove(&next) {
                next += 1;
                if take(result).is_break() {
                    return;
                }
            }
        }
    });
}

/// The loop of one thread: one item after another, until there are none left or the receiver is
/// gone.
fn labour<T, S, R>(
    items: &Mutex<impl Iterator<Item = (usize, T)>>,
    done: &SyncSender<(usize, R)>,
    start: &impl Fn() -> S,
    work: &impl Fn(&mut S, T) -> R,
) {
    let mut state = start();
    loop {
        let item = items.lock().unwrap_or_else(PoisonError::into_inner).next();
        let Some((place, item)) = item else { return };
        if done.send((place, work(&mut state, item))).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::rc::Rc;

    fn jobs(number: usize) -> NonZero<usize> {
        NonZero::new(number).unwrap()
    }

    #[test]
    fn results_are_the_same_whatever_the_number_of_threads() {
        let collect = |number| {
            let mut results = Vec::new();
            let work =
                |(): &mut (), item: u64| (0..(item * 7919) % 1000).fold(item, u64::wrapping_add);
            in_order(
                jobs(number),
                0..500,
                || (),
                work,
                |result| {
                    results.push(result);
                    ControlFlow::Continue(())
                },
            );
            results
        };
        let one = collect(1);
        assert_eq!(one.len(), 500);
        for number in [2, 3, 16] {
            assert_eq!(collect(number), one);
        }
    }

    #[test]
    fn there_are_no_more_threads_than_items() {
        let threads = Mutex::new(0);
        let start = || *threads.lock().unwrap() += 1;
        let mut taken = 0;
        in_order(
            jobs(100_000),
            vec![1, 2, 3],
            start,
            |(), item: u32| item,
            |_| {
                taken += 1;
                ControlFlow::Continue(())
            },
        );
        assert_eq!(taken, 3);
        assert!(*threads.lock().unwrap() <= 3);
    }

    #[test]
    fn a_state_stays_on_its_thread() {
        let mut total = 0;
        let start = || Rc::new(Cell::new(0));
        let work = |state: &mut Rc<Cell<u32>>, item: u32| {
            state.set(state.get() + 1);
            item
        };
        in_order(jobs(3), 0..100, start, work, |item| {
            total += item;
            ControlFlow::Continue(())
        });
        assert_eq!(total, 4950);
    }

    #[test]
    fn an_endless_search_ends_with_the_first_find() {
        let mut taken = 0;
        in_order(
            jobs(4),
            0_u64..,
            || (),
            |(), item| item,
            |item| {
                taken += 1;
                if item == 1000 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
        );
        assert_eq!(taken, 1001);
    }

    #[test]
    #[should_panic(expected = "a scoped thread panicked")]
    fn a_panic_is_not_lost() {
        let work = |(): &mut (), item: u32| assert_ne!(item, 3);
        in_order(jobs(2), 0..10, || (), work, |()| ControlFlow::Continue(()));
    }
}
