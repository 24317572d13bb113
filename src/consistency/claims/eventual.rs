//! Eventual consistency: the state that all come to see in the end.

use std::time::Duration;

use super::{Examination, Trial};
use crate::consistency::abridged;
use crate::consistency::keys::{KeyHistories, KeyHistory, KeyKind, Read, Write, same_client};
use crate::engine::time::Time;

pub(super) fn check(keys: &KeyHistories, healed: Time, within: Duration) -> Examination {
    let mut trial = Trial::default();
    for key in keys.keys.iter().filter(|key| key.kind != KeyKind::Queue) {
        let settled = key.quiet_from().max(healed) + within;
        let is_late = |read: &&Read| read.operation.invoked >= settled;
        let late: Vec<&Read> = key.reads.iter().filter(is_late).collect();
        let Some(first) = late.first() else { continue };
        if key.kind == KeyKind::Collection {
            for read in &late {
                try_all_acknowledged(key, read, &mut trial);
            }
        }
        for other in &late[1..] {
            let differ = !key.shows_the_same(first, other);
            // One client alone may always see the same.
            if differ || !same_client(first.numbered(), other.numbered()) {
                trial.test(differ.then(|| {
                    let (one, two) = (abridged(first.answer), abridged(other.answer));
                    let why = format!("reads{} show {one} and {two} in the end", key.said("of"));
                    (why, vec![first.id, other.id])
                }));
            }
        }
    }
    trial.examination("no two clients read the same key after it had had time to settle")
}

/// A late read has to show all that was acknowledged; that it does proves nothing of the others.
fn try_all_acknowledged(key: &KeyHistory, read: &Read, trial: &mut Trial) {
    let lacks = |write: &&Write| key.lacks(read, write);
    if let Some(write) = key.acknowledged().find(lacks) {
        let why = format!("{} was acknowledged, and is not there in the end", abridged(write.term));
        trial.test(Some((why, vec![write.id, read.id])));
    }
}
