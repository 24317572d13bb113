use super::hand_made::{HandMade, millis, node, users};
use super::{inconclusive, passes, violated, witness};
use crate::engine::term::Atom;
use crate::engine::trace::{Fact, NodeFact};
use crate::scenario::Expectation;
use crate::scenario::fault::Fault;
use crate::verdict::check;

fn rpo(at_most: u64) -> HandMade {
    let at_most = millis(at_most);
    HandMade::chat(vec![Expectation::RecoveryPoint { workload: users(), at_most }])
}

#[test]
pub(super) fn what_is_lost_may_not_be_too_old() {
    let mut run = rpo(5_000);
    run.post(14_000, 1, "a").done(15_000).post(19_000, 1, "b").done(19_500);
    run.crashes(20_000, "db1@a").read(30_000, 2).shows(30_010, &[]);
    passes(&run, "2 acknowledged operations lost, the oldest 5.00 s before the fault");
    let mut run = rpo(4_999);
    run.post(14_000, 1, "a").done(15_000).post(19_000, 1, "b").done(19_500);
    run.crashes(20_000, "db1@a").read(30_000, 2).shows(30_010, &[]);
    let finding = violated(&run, "; 1 older than 4999ms");
    assert!(witness(&finding).contains(r#"post <<"a">>"#), "{finding:?}");
}

#[test]
pub(super) fn what_is_lost_without_a_fault_is_too_old_for_any_limit() {
    let mut run = rpo(60_000);
    run.crashes(20_000, "db1@a").post(21_000, 1, "a").done(21_010);
    run.read(30_000, 2).shows(30_010, &[]);
    violated(&run, "1 acknowledged operations lost; 1 older than 1m");
}

#[test]
pub(super) fn what_one_side_of_a_partition_took_is_as_old_as_its_end_finds_it() {
    let mut run = rpo(3_999);
    run.crashes(20_000, "db1@a").post(21_000, 1, "a").done(21_010).ends(25_010, 0, "healed");
    run.read(30_000, 2).shows(30_010, &[]);
    violated(&run, "the oldest 4.00 s before \"healed\"");
}

#[test]
pub(super) fn nobody_can_tell_what_is_lost_without_a_read() {
    let mut run = rpo(0);
    run.post(1_000, 1, "a").done(1_010).crashes(20_000, "db1@a").post(21_000, 1, "b").done(21_010);
    inconclusive(&run, "no read after the fault");
}

fn budget(objective_ppm: u32, at_most_permille: u32) -> HandMade {
    let workload = users();
    HandMade::chat(vec![Expectation::ErrorBudget { workload, objective_ppm, at_most_permille }])
}

/// 99 posts that are answered, and one that is not.
fn one_in_100_fails(run: &mut HandMade) -> &mut HandMade {
    run.quiet_posts(1_000, 10_900).crashes(20_000, "db1@a").post(20_100, 1, "x").fails(20_200)
}

#[test]
pub(super) fn failures_use_up_the_error_budget() {
    let mut run = budget(980_000, 500);
    one_in_100_fails(&mut run);
    passes(&run, "1 of 100 operations failed, which is 0.5 of the error budget of 2%");
    let spent = check(&run.run()).figures.of(users()).error_budget.unwrap();
    assert_eq!((spent.objective_ppm, spent.spent_permille), (980_000, 500));
    let mut run = budget(980_000, 499);
    one_in_100_fails(&mut run);
    violated(&run, "which is 0.5 of the error budget");
    let mut run = budget(1_000_000, 4_000_000);
    one_in_100_fails(&mut run);
    violated(&run, "of the error budget of 0%");
}

#[test]
pub(super) fn a_budget_that_nothing_put_to_the_test_is_left_open() {
    let mut run = budget(990_000, 1_000);
    inconclusive(&run, "no operation of users came to its end");
    run.quiet_posts(1_000, 2_000);
    inconclusive(&run, "no fault was injected");
}

fn p99(at_most_permille: u32) -> HandMade {
    let workload = users();
    HandMade::chat(vec![Expectation::P99AgainstTwin { workload, at_most_permille }])
}

/// Posts that take 10 ms, except for two, which take `slow` milliseconds.
fn two_slow(mut run: HandMade, slow: u64) -> HandMade {
    run.quiet_posts(1_000, 10_800).crashes(20_000, "db1@a");
    run.post(20_100, 1, "x").done(20_100 + slow).post(20_100, 2, "y").done(20_100 + slow);
    run
}

#[test]
pub(super) fn the_slowest_answers_are_compared_with_those_without_faults() {
    let mut twin = HandMade::chat(vec![]);
    twin.quiet_posts(1_000, 11_000);
    passes(two_slow(p99(3_000), 30).beside(&twin), "p99 30.0 ms, 3 times the 10.0 ms of the run");
    let finding = violated(two_slow(p99(3_000), 31).beside(&twin), "p99 31.0 ms, 3.1 times");
    assert!(witness(&finding).contains("users/1 post"), "{finding:?}");
    violated(two_slow(p99(1_000), 11).beside(&twin), "1.1 times");
}

#[test]
pub(super) fn a_p99_needs_a_twin_a_fault_and_enough_answers() {
    let mut twin = HandMade::chat(vec![]);
    inconclusive(&two_slow(p99(1_000), 31), "not answered in both runs");
    inconclusive(two_slow(p99(1_000), 31).beside(&twin), "not answered in both runs");
    twin.quiet_posts(1_000, 11_000);
    inconclusive(p99(1_000).quiet_posts(1_000, 2_000).beside(&twin), "no fault was injected");
    let mut few = p99(1_000);
    few.crashes(20_000, "db1@a").quiet_posts(20_000, 21_000).beside(&twin);
    inconclusive(&few, "10 answers are too few for a 99th percentile");
}

fn primaries(at_most: u64) -> HandMade {
    let (application, at_most) = (Atom::new("database"), millis(at_most));
    HandMade::chat(vec![Expectation::TwoPrimaries { application, at_most }])
}

/// Twice the database comes back to its first node while the second still runs it, for 50 ms.
fn two_takeovers(run: &mut HandMade) -> &mut HandMade {
    for round in [0, 10_000] {
        run.crashes(20_000 + round, "db1@a").starts(20_500 + round, "database", "db2@b", "normal");
        run.fact(24_000 + round, "db1@a", Fact::Node(NodeFact::Started { creation: 2 }));
        run.starts(25_000 + round, "database", "db1@a", "{takeover,db2@b}");
        run.stops(25_050 + round, "database", "db2@b");
    }
    run
}

#[test]
pub(super) fn the_times_with_two_primaries_add_up() {
    passes(two_takeovers(&mut primaries(100)), "two primaries for 100 ms in all");
    let finding = violated(two_takeovers(&mut primaries(99)), "two primaries for 100 ms in all");
    assert_eq!(finding.witness.unwrap().texts.len(), 2);
    let mut paused = primaries(1_000);
    paused.inject(20_000, Fault::PauseNode(node("db1@a"))).fact(
        20_000,
        "db1@a",
        Fact::Node(NodeFact::Paused),
    );
    violated(paused.starts(28_500, "database", "db2@b", "normal"), "two primaries for 31.5 s");
}

#[test]
pub(super) fn nobody_can_tell_of_two_primaries_when_nobody_had_to_take_over() {
    let mut run = primaries(0);
    inconclusive(&run, "no fault was injected");
    inconclusive(run.crashes(20_000, "web@a"), "no other node had to take over");
}
