//! What a client may rely on for itself.

use super::views::{Shown, View, Views, same_client};
use super::{Examination, Trial};
use crate::check::abridged;
use crate::check::keys::precedes;
use crate::history::OperationId;

type Violation = Option<(String, Vec<OperationId>)>;

pub(super) fn read_your_writes(views: &Views) -> Examination {
    let mut trial = Trial::default();
    for view in &views.keys {
        for shown in &view.reads {
            let own = view
                .acknowledged()
                .filter(|write| same_client(*write, shown.read) && precedes(*write, shown.read));
            if view.is_collection {
                own.for_each(|write| trial.test(missing(shown, write, "the client appended")));
            } else if let Some(last) = own.last() {
                let older = view.is_older(shown.answer, last);
                trial.test(older.then(|| outdated(shown, last, "the client wrote")));
            }
        }
    }
    trial.examination("no client read what it had written")
}

pub(super) fn monotonic_reads(views: &Views) -> Examination {
    let mut trial = Trial::default();
    for view in &views.keys {
        for (index, shown) in view.reads.iter().enumerate() {
            let before = view.reads[..index].iter().rev();
            let mut before = before.filter(|other| same_client(other.read, shown.read));
            if let Some(before) = before.find(|other| precedes(other.read, shown.read)) {
                trial.test(went_back(view, before, shown));
            }
        }
    }
    trial.examination("no client read a key twice")
}

/// What a read showed that the next one of the same client does not.
fn went_back(view: &View, before: &Shown, shown: &Shown) -> Violation {
    if view.is_collection {
        let gone = before.values().iter().find(|value| !shown.values().contains(value))?;
        let why = format!("a client saw {} of {}, and later did not", abridged(gone), view.key);
        return Some((why, vec![before.read.0, shown.read.0]));
    }
    let mut sources = view.possible().filter(|(_, write)| write.value == *before.answer);
    let (source, None) = (sources.next()?, sources.next()) else { return None };
    view.is_older(shown.answer, source).then(|| {
        let (new, old) = (abridged(before.answer), abridged(shown.answer));
        let why = format!("a client saw {new} in {}, and later {old}, which is older", view.key);
        (why, vec![before.read.0, shown.read.0])
    })
}

fn missing(shown: &Shown, write: super::Numbered, who: &str) -> Violation {
    (!shown.shows(write.1)).then(|| {
        let value = abridged(&write.1.value);
        (format!("{who} {value}, and its later read does not show it"), vec![write.0, shown.read.0])
    })
}

fn outdated(shown: &Shown, write: super::Numbered, who: &str) -> (String, Vec<OperationId>) {
    let (value, answer) = (abridged(&write.1.value), abridged(shown.answer));
    let why = format!("{who} {value}, and its later read shows {answer}, which is older");
    (why, vec![write.0, shown.read.0])
}
