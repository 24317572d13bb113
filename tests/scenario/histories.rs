//! Histories that others recorded, and whether they are linearizable.

use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

use nodedown::consistency::model::{
    AnyOf, AppendMap, Counter, Model, Queue, Register, Set, UnorderedQueue,
};
use nodedown::consistency::{
    Judgement, Limit, Limits, Numbered, linearizable, sequentially_consistent,
};
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

/// An event as it stands in a file.
fn event(process: u32, kind: &str, name: &str, value: impl Display) -> String {
    format!("{{:process {process}, :type :{kind}, :f :{name}, :value {value}}}\n")
}

/// Many clients add different even numbers at once, some below 0, and what is read meanwhile is odd:
/// none of their sums, though not beyond them. All orders have to be tried.
fn hopeless() -> Recording {
    let both = |kind: &'static str| {
        (0..20)
            .map(move |client| event(client, kind, "add", (-2_i64).pow(client + 1)))
            .collect::<String>()
    };
    let read = event(20, "invoke", "read", "nil") + &event(20, "ok", "read", 5);
    let text = both("invoke") + &read + &both("ok");
    Recording::read(&text, "hopeless", Format::Edn).unwrap()
}

/// Checks that a history can be explained within so many bytes.
#[track_caller]
fn is_explained(text: &str, model: &impl Model, memory: usize) {
    let recording = Recording::read(text, "history", Format::Edn).unwrap();
    let judgement = linearizable(recording.history.iter(), model, Limits::memory(memory));
    assert_eq!(judgement, Ok(Judgement::Explained));
}

/// What one client does, one after the other: each with its answer.
fn alone(operations: impl Iterator<Item = (&'static str, String, String)>) -> String {
    let both = |(name, value, answer): (&'static str, String, String)| {
        event(0, "invoke", name, value) + &event(0, "ok", name, answer)
    };
    operations.map(both).collect()
}

#[test]
fn what_is_there_in_many_states_is_remembered_once() {
    const COUNT: u32 = 8_000;
    let nil = || "nil".to_owned();
    let put = (0..COUNT).map(|value| ("enqueue", value.to_string(), value.to_string()));
    let taken = (0..COUNT).map(|value| ("dequeue", nil(), value.to_string()));
    let queue = alone(put.chain(taken));
    is_explained(&queue, &Queue, 32 << 20);
    is_explained(&queue, &AnyOf(UnorderedQueue), 96 << 20);
    let add = |value: u32| ("add", value.to_string(), value.to_string());
    let removed = (0..COUNT).map(|value| ("remove", value.to_string(), value.to_string()));
    is_explained(&alone((0..COUNT).map(add).chain(removed)), &Set, 96 << 20);
    let text = |value: u32| format!("\"{value} \"");
    let appended = (0..2 * COUNT).map(|value| ("append", text(value), text(value)));
    is_explained(&alone(appended), &AppendMap, 32 << 20);
}

#[test]
fn the_order_in_which_values_come_out_is_the_order_in_which_they_went_in() {
    // Two clients do at each time something at once. Which of the two was first shows much later.
    let at_once = |pair: u32| {
        let events = |kind: &str| {
            event(0, kind, "enqueue", 2 * pair) + &event(1, kind, "enqueue", 2 * pair + 1)
        };
        events("invoke") + &events("ok")
    };
    let put = (0..200).map(at_once);
    let mut text: String = put.collect();
    for pair in 0..200_u32 {
        let is_turned = pair % 3 == 0;
        for value in [2 * pair + u32::from(is_turned), 2 * pair + u32::from(!is_turned)] {
            text += &(event(0, "invoke", "dequeue", "nil") + &event(0, "ok", "dequeue", value));
        }
    }
    is_explained(&text, &Queue, 1 << 20);
}

#[test]
fn a_search_that_would_take_too_much_is_given_up() {
    let recording = hopeless();
    let judge = |limits| linearizable(recording.history.iter(), &Counter, limits);
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
