//! What all come to see in the end.

use std::time::Duration;

use super::views::{Shown, View, Views, same_client};
use super::{Examination, Trial};
use crate::check::{Numbered, abridged};
use crate::time::Time;

pub(super) fn check(views: &Views, healed: Time, within: Duration) -> Examination {
    let mut trial = Trial::default();
    for view in &views.keys {
        let settled = quiet(view).max(healed) + within;
        let is_late = |shown: &&Shown| shown.read.1.invoked >= settled;
        let late: Vec<&Shown> = view.reads.iter().filter(is_late).collect();
        let Some(first) = late.first() else { continue };
        if view.is_collection {
            for shown in &late {
                try_all_acknowledged(view, shown, &mut trial);
            }
        }
        for other in &late[1..] {
            let differ = first.answer != other.answer;
            // One client alone may always see the same.
            if differ || !same_client(first.read, other.read) {
                trial.test(differ.then(|| {
                    let (one, two) = (abridged(first.answer), abridged(other.answer));
                    let why = format!("reads of {} show {one} and {two} in the end", view.key);
                    (why, vec![first.read.0, other.read.0])
                }));
            }
        }
    }
    trial.examination("no two clients read the same key after it had had time to settle")
}

/// When the last write had ended, as far as anybody knows; one that has no end counts from its
/// time limit.
fn quiet(view: &View) -> Time {
    let end = |(_, write): Numbered| {
        let limit = write.invoked + write.timeout;
        write.completion.as_ref().map_or(limit, |completion| completion.at)
    };
    view.writes.iter().copied().map(end).max().unwrap_or_default()
}

/// A late read has to show all that was acknowledged; that it does proves nothing of the others.
fn try_all_acknowledged(view: &View, shown: &Shown, trial: &mut Trial) {
    if let Some((id, write)) = view.acknowledged().find(|(_, write)| !shown.shows(write)) {
        let why =
            format!("{} was acknowledged, and is not there in the end", abridged(&write.value));
        trial.test(Some((why, vec![id, shown.read.0])));
    }
}
