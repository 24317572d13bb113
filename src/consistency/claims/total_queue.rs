//! The fate of everything that was put into a queue.

use super::{Examination, Trial, Violation};
use crate::consistency::abridged;
use crate::consistency::keys::{Counts, KeyHistories, KeyHistory, Read, Write};

pub(super) fn check(keys: &KeyHistories) -> Examination {
    let mut trial = Trial::default();
    keys.queues().for_each(|key| trial.test(Account::of(key).violation()));
    trial.examination("nothing was put into a queue, and nothing came out of one")
}

/// The values that came out of a queue, compared with those that were put into it.
struct Account<'k, 'a> {
    /// Acknowledged values that did not come out.
    lost: Vec<&'k Write<'a>>,
    /// Values that came out though nobody had tried to put them in.
    unexpected: Vec<&'k Read<'a>>,
    /// The number of values that came out more often than anybody had tried to put them in.
    duplicated: usize,
}

impl<'k, 'a> Account<'k, 'a> {
    fn of(key: &'k KeyHistory<'a>) -> Account<'k, 'a> {
        let (mut tried, mut put, mut taken) =
            (Counts::default(), Counts::default(), Counts::default());
        for write in &key.writes {
            tried.count(write.value);
        }
        let (mut unexpected, mut duplicated) = (Vec::new(), 0);
        for read in &key.reads {
            for value in read.values.iter() {
                let times = taken.count(*value);
                match tried.of(*value) {
                    0 => unexpected.push(read),
                    most => duplicated += usize::from(times > most),
                }
            }
        }
        let all = key.acknowledged();
        let lost = all.filter(|write| put.count(write.value) > taken.of(write.value)).collect();
        Account { lost, unexpected, duplicated }
    }

    fn violation(&self) -> Violation {
        let Account { lost, unexpected, duplicated } = self;
        let (why, shown) = match (unexpected.first(), lost.first()) {
            (Some(read), _) => {
                let value = abridged(read.answer);
                (format!("{value} came out, and nobody had tried to put it in"), read.id)
            }
            (None, Some(write)) => {
                let value = abridged(write.term);
                (format!("{value} was acknowledged, and never came out"), write.id)
            }
            (None, None) => return None,
        };
        let (lost, unexpected) = (lost.len(), unexpected.len());
        let counts = format!("{lost} lost, {duplicated} duplicated, {unexpected} unexpected");
        Some((format!("{counts}: {why}"), vec![shown]))
    }
}
