mod oracle;

use std::time::Duration;

use super::{Claim, Examination};
use crate::consistency::history::{Action, Completion, History, Operation, Outcome};
use crate::engine::term::{Atom, Term};
use crate::engine::time::Time;

/// A history in the making: each operation is begun at an instant and takes one.
#[derive(Default)]
struct Told {
    history: History,
    now: u64,
}

impl Told {
    fn does(mut self, client: u32, action: Action, value: Term, outcome: Option<Outcome>) -> Told {
        self.now += 10;
        let at = Time::from_nanos(self.now + 1);
        self.history.invoke(Operation {
            workload: Atom::new("users"),
            client,
            name: Atom::new(action.name()),
            action,
            key: "k".into(),
            value,
            invoked: Time::from_nanos(self.now),
            timeout: Duration::from_nanos(5),
            completion: outcome.map(|outcome| Completion { at, outcome }),
        });
        self
    }

    fn appends(self, client: u32, value: i64) -> Told {
        self.does(client, Action::Append, value.into(), Some(Outcome::Ok(Term::atom("ok"))))
    }

    fn fails_to_append(self, client: u32, value: i64) -> Told {
        let outcome = Outcome::Failed(Term::atom("refused"));
        self.does(client, Action::Append, value.into(), Some(outcome))
    }

    fn may_have_appended(self, client: u32, value: i64) -> Told {
        self.does(client, Action::Append, value.into(), None)
    }

    fn reads(self, client: u32, values: &[i64]) -> Told {
        let values: Term = values.iter().map(|value| Term::from(*value)).collect();
        self.does(client, Action::Read, Term::atom("undefined"), Some(Outcome::Ok(values)))
    }

    fn writes(self, client: u32, value: i64) -> Told {
        self.does(client, Action::Write, value.into(), Some(Outcome::Ok(Term::atom("ok"))))
    }

    fn gets(self, client: u32, value: impl Into<Term>) -> Told {
        self.does(client, Action::Read, Term::atom("undefined"), Some(Outcome::Ok(value.into())))
    }

    fn adds(self, client: u32, value: i64) -> Told {
        self.does(client, Action::Add, value.into(), Some(Outcome::Ok(Term::atom("ok"))))
    }

    fn removes(self, client: u32, value: i64) -> Told {
        self.does(client, Action::Remove, value.into(), Some(Outcome::Ok(Term::atom("ok"))))
    }

    fn replaces(self, client: u32, old: i64, new: i64) -> Told {
        let pair: Term = [old, new].into_iter().map(Term::from).collect();
        self.does(client, Action::CompareAndSet, pair, Some(Outcome::Ok(Term::atom("ok"))))
    }

    fn enqueues(self, client: u32, value: i64) -> Told {
        self.does(client, Action::Enqueue, value.into(), Some(Outcome::Ok(Term::atom("ok"))))
    }

    fn dequeues(self, client: u32, value: impl Into<Term>) -> Told {
        let outcome = Some(Outcome::Ok(value.into()));
        self.does(client, Action::Dequeue, Term::atom("undefined"), outcome)
    }

    fn finds_nothing(self, client: u32) -> Told {
        self.dequeues(client, Term::atom("undefined"))
    }

    fn may_have_dequeued(self, client: u32) -> Told {
        self.does(client, Action::Dequeue, Term::atom("undefined"), None)
    }

    /// Time goes on.
    fn waits(mut self, nanos: u64) -> Told {
        self.now += nanos;
        self
    }

    #[track_caller]
    fn holds(self, claim: Claim) {
        assert_eq!(claim.examine(self.history.iter()), Examination::Holds);
    }

    #[track_caller]
    fn violates(self, claim: Claim, why: &str, shown_by: &[u32]) {
        let Examination::Violated(found, operations) = claim.examine(self.history.iter()) else {
            panic!("not violated: {:?}", claim.examine(self.history.iter()))
        };
        assert!(found.contains(why), "{found}");
        assert_eq!(operations.iter().map(|id| id.0).collect::<Vec<_>>(), shown_by);
    }

    #[track_caller]
    fn leaves_open(self, claim: Claim, why: &str) {
        let found = claim.examine(self.history.iter());
        assert!(
            matches!(&found, Examination::Inconclusive(text) if text.contains(why)),
            "{found:?}"
        );
    }
}

fn told() -> Told {
    Told::default()
}

#[test]
fn clients_read_their_own_writes() {
    let claim = Claim::ReadYourWrites;
    told().appends(1, 1).reads(2, &[]).reads(1, &[1]).holds(claim);
    told().writes(1, 1).writes(2, 2).gets(1, 2).holds(claim);
    told().appends(1, 1).appends(1, 2).reads(1, &[2]).violates(claim, "appended 1", &[0, 2]);
    told().writes(2, 1).writes(1, 2).gets(1, 1).violates(claim, "shows 1, which is older", &[1, 2]);
    told().writes(1, 1).gets(1, Term::atom("undefined")).violates(claim, "older", &[0, 1]);
    // What may have been written need not be read, and others' writes neither.
    let untested = told().may_have_appended(1, 1).reads(1, &[]).appends(1, 2).reads(2, &[]);
    untested.leaves_open(claim, "no client read what it had written");
}

#[test]
fn clients_never_see_less_than_before() {
    let claim = Claim::MonotonicReads;
    told().appends(1, 1).reads(2, &[]).reads(2, &[1]).reads(3, &[]).holds(claim);
    told().writes(1, 1).writes(1, 2).gets(2, 1).gets(2, 2).gets(2, 2).holds(claim);
    told().appends(1, 1).reads(2, &[1]).reads(2, &[]).violates(claim, "saw 1", &[1, 2]);
    told().writes(1, 1).writes(1, 2).gets(2, 2).gets(2, 1).violates(claim, "later 1", &[2, 3]);
    told().appends(1, 1).reads(2, &[1]).reads(3, &[]).leaves_open(claim, "read a key twice");
    // 1 was written twice: nobody can tell which of the two a read shows.
    let twice = told().writes(1, 1).writes(1, 2).writes(1, 1).gets(2, 2).gets(2, 1);
    twice.leaves_open(claim, "1 was there more than once");
    // Whichever it is, both are older.
    let older = told().writes(1, 1).writes(1, 1).writes(1, 2).gets(2, 2).gets(2, 1);
    older.violates(claim, "later 1, which is older", &[3, 4]);
    let back = told().writes(1, 1).gets(2, 1).gets(2, Term::atom("undefined"));
    back.violates(claim, "which is older", &[1, 2]);
}

#[test]
fn what_nobody_had_written_by_then_refutes_each_guarantee() {
    for claim in [
        Claim::ReadYourWrites,
        Claim::MonotonicReads,
        Claim::MonotonicWrites,
        Claim::WritesFollowReads,
    ] {
        told().writes(1, 1).gets(2, 9).violates(claim, "9, which nobody wrote", &[1]);
        let early = told().gets(2, 1).writes(1, 1);
        early.violates(claim, "1, which nobody had begun to write", &[1, 0]);
        let failed = told().does(1, Action::Write, 1.into(), Some(refused())).gets(2, 1);
        failed.violates(claim, "1, whose write failed", &[0, 1]);
        told().appends(1, 1).reads(2, &[9]).violates(claim, "9, which nobody wrote", &[1]);
        told().reads(2, &[1]).appends(1, 1).violates(claim, "nobody had begun", &[1, 0]);
        told().fails_to_append(1, 1).reads(2, &[1]).violates(claim, "write failed", &[0, 1]);
        told().appends(1, 1).reads(2, &[1, 1]).violates(claim, "more often", &[0, 1]);
        // Lists show the order of the writes, which is that of time where there is one.
        let disordered = told().appends(1, 1).appends(2, 2).reads(3, &[2, 1]);
        disordered.violates(claim, "saw 2 before 1; the write of 1 had ended", &[0, 1, 2]);
    }
}

#[test]
fn what_clients_write_is_in_its_order_and_after_what_they_had_read() {
    let claim = Claim::MonotonicWrites;
    told().appends(1, 1).appends(1, 2).reads(2, &[1, 2]).holds(claim);
    told().appends(1, 1).appends(1, 2).reads(2, &[2]).leaves_open(claim, "order of two writes");
    told().writes(1, 1).writes(1, 2).gets(2, 1).leaves_open(claim, "order of two writes");
    let claim = Claim::WritesFollowReads;
    told().appends(1, 1).reads(2, &[1]).appends(2, 2).reads(3, &[1, 2]).holds(claim);
    // What may have been appended late was read, and comes behind what was appended after that.
    let late = told().may_have_appended(1, 1).reads(2, &[1]).appends(2, 2).reads(3, &[2, 1]);
    late.violates(claim, "saw 2 before 1", &[0, 1, 2, 3]);
}

#[test]
fn what_a_set_shows_of_a_value_is_explained_by_one_removal_or_by_none() {
    let claim = Claim::MonotonicReads;
    let back = told().adds(1, 1).reads(3, &[1]).removes(2, 1).reads(3, &[]).reads(3, &[1]);
    back.violates(claim, "removed from <<\"k\">>, and later again", &[3, 4]);
    // A removal that had ended before takes nothing away.
    let gone = told().removes(2, 1).adds(1, 1).reads(3, &[1]).reads(3, &[]);
    gone.violates(claim, "saw 1", &[2, 3]);
    let early = told().adds(1, 1).reads(3, &[1]).reads(3, &[]).removes(2, 1);
    early.violates(claim, "saw 1", &[1, 2]);
    let claim = Claim::ReadYourWrites;
    let kept = told().adds(1, 1).removes(2, 1).reads(2, &[1]);
    kept.violates(claim, "removed 1, and its later read shows it", &[1, 2]);
    let again = told().adds(1, 1).removes(2, 1).adds(1, 1).reads(2, &[1]);
    again.leaves_open(claim, "more than once");
}

fn refused() -> Outcome {
    Outcome::Failed(Term::atom("refused"))
}

#[test]
fn all_agree_in_the_end() {
    let claim = Claim::Eventual { healed: Time::from_nanos(30), within: Duration::from_nanos(100) };
    let apart = || told().appends(1, 1).reads(1, &[1]).reads(2, &[]);
    apart().waits(100).reads(1, &[1]).reads(2, &[1]).holds(claim);
    apart().waits(100).reads(1, &[1]).reads(2, &[1, 2]).violates(claim, "in the end", &[3, 4]);
    apart().waits(100).reads(1, &[]).reads(2, &[]).violates(claim, "1 was acknowledged", &[0, 3]);
    let registers = told().writes(1, 1).writes(2, 2).waits(200).gets(1, 1).gets(2, 2);
    registers.violates(claim, "reads of <<\"k\">> show 1 and 2", &[2, 3]);
    let sums = |seen| told().adds(1, 1).adds(2, 1).waits(200).gets(1, 2).gets(2, seen);
    sums(2).holds(claim);
    sums(1).violates(claim, "reads of <<\"k\">> show 2 and 1", &[2, 3]);
    apart().leaves_open(claim, "had had time to settle");
    apart().waits(100).reads(1, &[1]).reads(1, &[1]).leaves_open(claim, "no two clients");
    // Something was written later, so nothing had settled.
    apart().waits(200).appends(2, 2).reads(1, &[1]).reads(2, &[1, 2]).leaves_open(claim, "settle");
}

#[test]
fn nothing_takes_effect_twice() {
    let claim = Claim::AtMostOnce;
    told().appends(1, 1).may_have_appended(1, 1).reads(2, &[1, 1]).holds(claim);
    told().appends(1, 1).reads(2, &[1, 1]).violates(claim, "1 took effect more often", &[0, 1]);
    told().fails_to_append(1, 1).reads(2, &[1]).violates(claim, "1 took effect", &[0, 1]);
    told().appends(1, 1).appends(1, 2).leaves_open(claim, "no read shows a list");
}

#[test]
fn what_was_acknowledged_takes_effect() {
    let claim = Claim::AtLeastOnce;
    told().appends(1, 1).reads(2, &[]).reads(2, &[1]).holds(claim);
    told().appends(1, 1).reads(2, &[1]).reads(2, &[]).violates(
        claim,
        "1 was acknowledged",
        &[0, 2],
    );
    told().appends(1, 1).appends(2, 2).reads(2, &[1]).violates(claim, "2 was", &[1, 2]);
    told().reads(1, &[]).appends(1, 1).leaves_open(claim, "read afterwards");
    told().may_have_appended(1, 1).reads(1, &[]).leaves_open(claim, "read afterwards");
}

#[test]
fn what_was_removed_from_a_set_need_not_be_there() {
    let removed = || told().adds(1, 1).reads(1, &[1]).removes(2, 1).reads(1, &[]);
    removed().holds(Claim::ReadYourWrites);
    removed().holds(Claim::MonotonicReads);
    removed().holds(Claim::AtLeastOnce);
    let kept = told().adds(1, 1).removes(2, 2).reads(1, &[]);
    kept.violates(Claim::ReadYourWrites, "appended 1", &[0, 2]);
    told().adds(1, 1).adds(2, 1).reads(1, &[1, 1]).violates(
        Claim::AtMostOnce,
        "1 took",
        &[0, 1, 2],
    );
}

#[test]
fn what_a_register_was_changed_to_is_newer_than_what_it_was() {
    told().writes(1, 1).replaces(2, 1, 2).gets(1, 2).holds(Claim::ReadYourWrites);
    let back = told().writes(1, 1).writes(1, 2).replaces(2, 2, 1).gets(1, 1);
    back.leaves_open(Claim::ReadYourWrites, "1 was there more than once");
    let refused = told().writes(1, 1).does(
        2,
        Action::CompareAndSet,
        [7, 8].into_iter().map(Term::from).collect(),
        Some(Outcome::Ok(Term::from(false))),
    );
    refused.gets(1, 8).violates(Claim::ReadYourWrites, "8, which nobody wrote", &[2]);
    let unread = told().replaces(1, 7, 8).gets(1, 8);
    unread.violates(Claim::MonotonicReads, "7, which nobody wrote", &[0]);
    let stale = told().writes(1, 1).replaces(2, 1, 2).gets(1, 2).gets(1, 1);
    stale.violates(Claim::MonotonicReads, "later 1, which is older", &[2, 3]);
}

#[test]
fn what_was_put_into_a_queue_comes_out_once() {
    let claim = Claim::AtMostOnce;
    told().enqueues(1, 1).enqueues(1, 2).dequeues(2, 2).dequeues(2, 1).holds(claim);
    told().enqueues(1, 1).dequeues(2, 1).dequeues(2, 1).violates(claim, "1 took", &[0, 2]);
    told().dequeues(2, 7).violates(claim, "7 took effect", &[0]);
    told().enqueues(1, 1).leaves_open(claim, "nothing came out of a queue");
    let claim = Claim::AtLeastOnce;
    told().enqueues(1, 1).dequeues(2, 1).finds_nothing(2).holds(claim);
    told().enqueues(1, 1).finds_nothing(2).dequeues(3, 1).holds(claim);
    told().enqueues(1, 1).finds_nothing(2).violates(
        claim,
        "the queue is empty without it",
        &[0, 1],
    );
    told().enqueues(1, 1).may_have_dequeued(3).finds_nothing(2).holds(claim);
    told().enqueues(1, 1).dequeues(2, 1).leaves_open(claim, "read afterwards");
}

#[test]
fn what_was_put_into_a_queue_and_what_came_out_are_counted() {
    let claim = Claim::TotalQueue;
    told().enqueues(1, 1).dequeues(2, 1).holds(claim);
    let lost = told().enqueues(1, 1).enqueues(1, 2).enqueues(1, 2).dequeues(2, 2);
    lost.violates(claim, "2 lost, 0 duplicated, 0 unexpected: 1 was acknowledged", &[0]);
    let unexpected = told().enqueues(1, 1).dequeues(2, 1).dequeues(2, 1).dequeues(3, 7);
    unexpected.violates(claim, "0 lost, 1 duplicated, 1 unexpected: 7 came out", &[3]);
    told().enqueues(1, 1).dequeues(2, 1).dequeues(2, 1).holds(claim);
    // What was taken and nobody knows what it was may have been anything, and is lost all the same.
    told().enqueues(1, 1).may_have_dequeued(3).violates(claim, "1 lost", &[0]);
    told().appends(1, 1).reads(1, &[1]).leaves_open(claim, "nothing came out of one");
}

#[test]
fn a_set_has_no_order() {
    let claim = Claim::Eventual { healed: Time::ZERO, within: Duration::ZERO };
    told().adds(1, 1).adds(1, 2).reads(1, &[1, 2]).reads(2, &[2, 1]).holds(claim);
    told().appends(1, 1).appends(1, 2).reads(1, &[1, 2]).reads(2, &[2, 1]).violates(
        claim,
        "in the end",
        &[2, 3],
    );
}
