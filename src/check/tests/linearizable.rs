use proptest::prelude::*;

use super::hand_made::{HandMade, users};
use super::{inconclusive, passes, violated, witness};
use crate::check::evidence::Evidence;
use crate::check::keys::{KeyHistories, KeyHistory, precedes};
use crate::check::linearizable::{Order, order};
use crate::history::{Operation, OperationId, Outcome};
use crate::scenario::Expectation;
use crate::term::Term;

fn chat() -> HandMade {
    let mut made = HandMade::chat(vec![Expectation::Linearizable { workload: users() }]);
    made.crashes(500, "db1@a");
    made
}

#[test]
fn overlapping_operations_may_take_effect_in_any_order() {
    let mut run = chat();
    run.post(1_000, 1, "a").done(2_000).post(1_100, 2, "b").done(1_200);
    run.read(1_500, 3).shows(1_600, &["b"]).read(3_000, 3).shows(3_100, &["b", "a"]);
    passes(&run, "2 appends and 2 reads of 1 keys have an order");
}

#[test]
fn an_append_of_unknown_outcome_may_take_effect_later_or_never() {
    let mut run = chat();
    run.post(1_000, 1, "a").times_out(2_000).post(1_000, 2, "b").times_out(2_000);
    run.read(3_000, 3).shows(3_100, &[]).read(4_000, 3).shows(4_100, &["b"]);
    passes(&run, "2 appends and 2 reads");
}

#[test]
fn a_stale_read_has_no_place() {
    let mut run = chat();
    run.post(1_000, 1, "a").done(1_100).read(2_000, 2).shows(2_100, &[]);
    run.read(3_000, 3).shows(3_100, &["a"]);
    let finding = violated(&run, "the later read came before the earlier append");
    assert_eq!(witness(&finding).lines().count(), 2);
}

#[test]
fn an_append_that_was_overtaken_in_time_has_no_place() {
    let mut run = chat();
    run.post(1_000, 1, "a").done(1_100).post(2_000, 2, "b").done(2_100);
    run.read(3_000, 3).shows(3_100, &["b", "a"]);
    violated(&run, "the later append came before the earlier append");
}

#[test]
fn two_versions_of_the_past_have_no_place() {
    let mut run = chat();
    run.post(1_000, 1, "a").done(1_500).post(1_000, 2, "b").done(1_500);
    run.read(2_000, 3).shows(2_100, &["a"]).read(3_000, 3).shows(3_100, &["b", "a"]);
    violated(&run, "neither is the beginning of the other");
}

#[test]
fn what_nobody_wrote_has_no_place() {
    let mut run = chat();
    run.read(2_000, 3).shows(2_100, &["a"]);
    violated(&run, r#"a read shows <<"a">>, which nobody appended"#);
    let mut run = chat();
    run.post(1_000, 1, "a").fails(1_100).read(2_000, 3).shows(2_100, &["a"]);
    violated(&run, r#"a read shows <<"a">>, whose append failed"#);
}

#[test]
fn what_was_lost_has_no_place() {
    let mut run = chat();
    run.post(1_000, 1, "a").done(1_100).read(2_000, 3).shows(2_100, &[]);
    violated(&run, "the later read came before the earlier append");
}

#[test]
fn nobody_can_tell_without_reads_or_with_values_written_twice() {
    let mut run = chat();
    run.quiet_posts(1_000, 2_000);
    inconclusive(&run, "no read was answered after the fault");
    run.post(3_000, 1, "a").done(3_010).post(4_000, 1, "a").done(4_010);
    inconclusive(&run, r#"<<"a">> was appended twice"#);
}

/// Tries every order, as Wing and Gong do.
fn some_order_exists(history: &KeyHistory) -> bool {
    let appends = history.appends.iter().copied();
    let reads = history.reads.iter().map(|read| (read.id, read.operation));
    let all: Vec<(OperationId, &Operation)> = appends.chain(reads).collect();
    let failed = |operation: &Operation| matches!(&operation.completion, Some(end) if matches!(end.outcome, Outcome::Failed(_)));
    let left: Vec<_> = all.into_iter().filter(|(_, operation)| !failed(operation)).collect();
    goes_on(&left, &mut Vec::new())
}

fn goes_on(left: &[(OperationId, &Operation)], list: &mut Vec<Term>) -> bool {
    let certain = |operation: &Operation| operation.is_ok();
    if !left.iter().any(|(_, operation)| certain(operation)) {
        return true;
    }
    (0..left.len()).any(|index| {
        let next = left[index];
        let overtakes = left.iter().any(|each| certain(each.1) && precedes(*each, next));
        let mut rest = left.to_vec();
        rest.remove(index);
        let read = next.1.answer().and_then(Term::as_list);
        match read {
            _ if overtakes => false,
            Some(values) => values == list.as_slice() && goes_on(&rest, list),
            None => {
                list.push(next.1.value.clone());
                let found = goes_on(&rest, list);
                list.pop();
                found
            }
        }
    })
}

/// What a step of a made-up client does: when it begins, how long it takes, who does it, and what.
type Step = (u64, u64, u32, u8, Vec<usize>);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let shown = prop::sample::subsequence((0..4).collect::<Vec<usize>>(), 0..=3).prop_shuffle();
    prop::collection::vec((0..8_u64, 0..6_u64, 0..3_u32, 0..5_u8, shown), 1..7)
}

fn history(mut steps: Vec<Step>) -> HandMade {
    steps.sort();
    let values = ["0", "1", "2", "3", "4", "5", "6", "7"];
    let mut made = chat();
    for (number, (at, length, client, what, shown)) in steps.into_iter().enumerate() {
        let (at, end) = (1_000 + at, 1_000 + at + length);
        match what {
            0 => made.post(at, client, values[number]).times_out(end),
            1 => made.post(at, client, values[number]).fails(end),
            2 => made.post(at, client, values[number]).done(end),
            _ => {
                let shown: Vec<&str> = shown.into_iter().map(|index| values[index]).collect();
                made.read(at, client).shows(end, &shown)
            }
        };
    }
    made
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn places_find_an_order_exactly_if_trying_all_does(steps in steps()) {
        let run = history(steps).run();
        let histories = KeyHistories::of(&Evidence::of(&run), users());
        for history in &histories.keys {
            prop_assert_eq!(order(history) == Order::Found, some_order_exists(history));
        }
    }
}
