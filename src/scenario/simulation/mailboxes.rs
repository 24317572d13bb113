//! The mailboxes of a run beside what its trace says is in them.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::runtime::World;
use crate::engine::term::{Pid, Term};
use crate::engine::trace::{Fact, MessageFact, TraceRecord};

/// The messages that a trace says were delivered, and how many of them were found in mailboxes.
#[derive(Debug, Default)]
pub(crate) struct Mailboxes {
    seen: usize,
    delivered: BTreeMap<Pid, Vec<Term>>,
    /// The messages that were found in a mailbox with another one, which has an order.
    pub(crate) compared: usize,
}

impl Mailboxes {
    /// Reads what has been written down since, and looks into the mailboxes that it is about.
    ///
    /// # Panics
    /// If messages are in another order there than their records.
    pub(crate) fn compare(&mut self, world: &World) {
        for pid in self.read(&world.trace().records()[self.seen..]) {
            // What waits behind other signals has no record yet.
            if world.waits_for_signals(pid) {
                continue;
            }
            let (unread, delivered) = (world.unread(pid), &self.delivered[&pid]);
            let wrong = misplaced(&unread, delivered);
            assert_eq!(wrong, None, "{pid} at {}: {unread:?} of {delivered:?}", world.now());
            self.compared += if unread.len() > 1 { unread.len() } else { 0 };
        }
    }

    /// To whom something has come.
    fn read(&mut self, records: &[TraceRecord]) -> BTreeSet<Pid> {
        let mut touched = BTreeSet::new();
        self.seen += records.len();
        for record in records {
            if let Fact::Message(MessageFact::Delivered { to, message, .. }) = &record.fact {
                self.delivered.entry(*to).or_default().push(message.clone());
                touched.insert(*to);
            }
        }
        touched
    }
}

/// The last message in a mailbox that has not come, or not in its turn.
fn misplaced<'a>(unread: &'a [Term], delivered: &[Term]) -> Option<&'a Term> {
    let mut earlier = delivered.iter().rev();
    unread.iter().rev().find(|message| !earlier.any(|each| each == *message))
}

#[test]
fn a_message_out_of_its_turn_is_noticed() {
    let terms = |numbers: &[i64]| numbers.iter().map(|each| Term::from(*each)).collect::<Vec<_>>();
    let delivered = terms(&[1, 2, 3, 2]);
    for fine in [&[][..], &[2], &[1, 3], &[3, 2], &[2, 3, 2]] {
        assert_eq!(misplaced(&terms(fine), &delivered), None, "{fine:?}");
    }
    for (wrong, which) in [(&[3, 1][..], 3), (&[4], 4), (&[2, 2, 2], 2), (&[3, 2, 1], 2)] {
        assert_eq!(misplaced(&terms(wrong), &delivered), Some(&Term::from(which)), "{wrong:?}");
    }
}

#[test]
fn what_scenarios_have_in_mailboxes_is_in_the_order_of_the_records() {
    use super::Simulation;
    use crate::engine::trace::Detail;
    use crate::scenario::Scenario;
    use crate::scenario::services::Programs;

    let (programs, mut compared) = (Programs::builtin(), 0);
    let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios")).unwrap();
    let mut files: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.retain(|file| file.is_file() && !file.to_string_lossy().ends_with(".schema.json"));
    for file in files {
        let scenario = Scenario::from_file(&file, &programs.catalogue()).unwrap();
        for plan in scenario.plans(scenario.seed) {
            let mut mailboxes = Mailboxes::default();
            let simulation = Simulation::new(plan, &programs).detail(Detail::Full);
            let run = simulation.watch(|world| mailboxes.compare(world)).run();
            assert!(run.trace.records().len() > 100, "{}", file.display());
            compared += mailboxes.compared;
        }
    }
    assert!(compared > 1_000, "{compared}");
}
