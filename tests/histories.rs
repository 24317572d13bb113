//! Histories that others recorded, and whether they are linearizable.

use std::fs;
use std::path::{Path, PathBuf};

use nodedown::check::model::{AppendMap, Queue, Register};
use nodedown::check::{Judgement, Limit, Limits, Numbered, linearizable, sequentially_consistent};
use nodedown::history::{Completion, Format, Operation, OperationId, Outcome, Recording};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/histories")
}

fn read(name: &str) -> Recording {
    let text = fs::read_to_string(folder().join(name)).unwrap();
    let format = if name.starts_with("etcd") { Format::Jepsen } else { Format::Edn };
    Recording::read(&text, name, format).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

fn judge<'a>(
    name: &str,
    operations: impl Iterator<Item = Numbered<'a>>,
    memory: usize,
) -> Judgement {
    let limits = Limits::memory(memory);
    let judgement = if name.starts_with("etcd") {
        linearizable(operations, &Register::compare_and_set(), limits)
    } else {
        linearizable(operations, &AppendMap, limits)
    };
    judgement.unwrap()
}

/// How many operations all histories have together: the invocations in their files.
const OPERATIONS: usize = 13_097;

#[test]
fn every_verdict_is_right_within_little_memory() {
    let verdicts = fs::read_to_string(folder().join("verdicts.txt")).unwrap();
    let counts = fs::read_to_string(folder().join("operations.txt")).unwrap();
    let mut counts = counts.lines();
    let (mut wrong, mut operations) = (Vec::new(), 0);
    for line in verdicts.lines() {
        let (name, expected) = line.split_once(' ').unwrap();
        let recording = read(name);
        let found = recording.history.operations().len();
        assert_eq!(Some(format!("{name} {found}").as_str()), counts.next());
        operations += found;
        let judgement = judge(name, recording.history.iter(), 64 << 20);
        let right = match judgement {
            Judgement::Explained => expected == "linearizable",
            Judgement::Unexplained(_) => expected == "not-linearizable",
            Judgement::Undecided(_) => false,
        };
        if !right {
            wrong.push((name, expected, judgement));
        }
    }
    assert_eq!((verdicts.lines().count(), counts.next(), operations), (108, None, OPERATIONS));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The operations of a history up to an event, those going on then without their ends. What failed
/// later did nothing all along.
fn until(recording: &Recording, last: u64) -> Vec<(OperationId, Operation)> {
    let begun = recording.history.iter().filter(|(_, each)| each.invoked.as_nanos() <= last);
    let cut = begun.map(|(id, operation)| {
        let seen = |end: &Completion| {
            end.at.as_nanos() <= last || matches!(end.outcome, Outcome::Failed(_))
        };
        let completion = operation.completion.clone().filter(seen);
        (id, Operation { completion, ..operation.clone() })
    });
    cut.collect()
}

#[test]
fn what_comes_before_the_shortest_prefix_can_be_explained() {
    for name in ["etcd/etcd_000.log", "etcd/etcd_001.log", "kv/c10-bad.txt"] {
        let recording = read(name);
        let Judgement::Unexplained(found) = judge(name, recording.history.iter(), 64 << 20) else {
            panic!("{name} is not linearizable")
        };
        let last = found.until.as_nanos();
        let [with, without] = [last, last - 1].map(|last| until(&recording, last));
        let pairs = |cut: &[(OperationId, Operation)]| {
            judge(name, cut.iter().map(|(id, each)| (*id, each)), 64 << 20)
        };
        assert!(found.shortest);
        assert!(matches!(pairs(&with), Judgement::Unexplained(_)), "{name}");
        assert_eq!(pairs(&without), Judgement::Explained, "{name}");
    }
}

/// A value was enqueued before many clients enqueue others at once, and what is dequeued then is one
/// of the others: all orders have to be tried.
fn hopeless() -> Recording {
    let event = |process: u32, kind: &str, name: &str, value: u32| {
        format!("{{:process {process}, :type :{kind}, :f :{name}, :value {value}}}\n")
    };
    let first = event(0, "invoke", "enqueue", 0) + &event(0, "ok", "enqueue", 0);
    let begun: String = (1..17).map(|client| event(client, "invoke", "enqueue", client)).collect();
    let ended: String = (1..17).map(|client| event(client, "ok", "enqueue", client)).collect();
    let last = event(0, "invoke", "dequeue", 0) + &event(0, "ok", "dequeue", 5);
    Recording::read(&(first + &begun + &ended + &last), "hopeless", Format::Edn).unwrap()
}

#[test]
fn a_search_that_would_take_too_much_is_given_up() {
    let recording = hopeless();
    let judge = |limits| linearizable(recording.history.iter(), &Queue, limits);
    assert_eq!(judge(Limits::memory(8 << 20)), Ok(Judgement::Undecided(Limit::Memory)));
    let impatient = Limits { memory: usize::MAX, interrupted: &|| true };
    assert_eq!(judge(impatient), Ok(Judgement::Undecided(Limit::Interrupted)));
}

#[test]
fn what_is_linearizable_is_sequentially_consistent_and_not_the_other_way_round() {
    let judge = |text: &str| {
        let recording = Recording::read(text, "history", Format::Edn).unwrap();
        let limits = Limits::memory(8 << 20);
        let operations = || recording.history.iter();
        let one = linearizable(operations(), &Register::new(), limits).unwrap();
        let other = sequentially_consistent(operations(), &Register::new(), limits).unwrap();
        [one, other].map(|judgement| judgement == Judgement::Explained)
    };
    let write = "{:process 0 :type :invoke :f :write :value 1} {:process 0 :type :ok :f :write}";
    let read = |process: u32, key: &str, value: &str| {
        format!(
            "{{:process {process} :type :invoke :f :read :key {key}}}
             {{:process {process} :type :ok :f :read :key {key} :value {value}}}"
        )
    };
    assert_eq!(judge(&(write.to_owned() + &read(1, "nil", "1"))), [true, true]);
    // Another client may be behind.
    assert_eq!(judge(&(write.to_owned() + &read(1, "nil", "nil"))), [false, true]);
    // The same client may not.
    assert_eq!(judge(&(write.to_owned() + &read(0, "nil", "nil"))), [false, false]);
    // Each key for itself could be as it is shown, both together could not: each client writes one
    // key and then does not see what the other wrote.
    let write_key = |process: u32, key: &str| {
        format!(
            "{{:process {process} :type :invoke :f :write :key {key} :value 1}}
             {{:process {process} :type :ok :f :write :key {key}}}"
        )
    };
    let both =
        write_key(0, ":a") + &write_key(1, ":b") + &read(0, ":b", "nil") + &read(1, ":a", "nil");
    assert_eq!(judge(&both), [false, false]);
}
