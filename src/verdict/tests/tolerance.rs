use std::time::Duration;

use super::hand_made::{HandMade, millis, users};
use super::{inconclusive, passes, violated, witness};
use crate::engine::trace::{Fact, NodeFact};
use crate::scenario::Expectation;
use crate::scenario::simulation::UnknownOutcome;
use crate::verdict::{Conclusion, Tolerance, check};

fn fail_safe() -> HandMade {
    HandMade::chat(vec![Expectation::FailSafe { workload: users() }])
}

/// Ten seconds after the last change everything is to be right within a second.
fn nonmasking() -> HandMade {
    let (within, after) = (millis(1_000), millis(10_000));
    HandMade::chat(vec![Expectation::Nonmasking { workload: users(), within, after }])
}

/// Ten seconds after the last change all is to be answered.
fn progress(within: Option<Duration>) -> HandMade {
    HandMade::chat(vec![Expectation::Progress { workload: users(), within, after: millis(10_000) }])
}

#[test]
pub(super) fn users_who_are_served_in_the_end_make_progress() {
    let mut run = progress(None);
    run.post(1_000, 1, "a").done(1_010).crashes(20_000, "db1@a");
    run.post(20_100, 1, "b").fails(20_200).post(29_000, 1, "c").times_out(34_000);
    inconclusive(&run, "no operation of users was begun 10s after the last change");
    // What they are told may be wrong.
    run.read(30_000, 2).shows(33_000, &[]);
    passes(&run, "from 30.000s on all 1 operations answered");
    run.read(34_000, 3).fails(34_100);
    let finding = violated(&run, "1 of 2 operations begun 10s after the last change");
    assert!(witness(&finding).contains("users/3 read"), "{finding:?}");
}

#[test]
pub(super) fn progress_may_have_to_be_fast() {
    let mut run = progress(Some(millis(1_000)));
    run.crashes(20_000, "db1@a").read(30_000, 2).shows(31_000, &[]);
    passes(&run, "from 30.000s on all 1 operations answered");
    run.read(32_000, 2).shows(33_001, &[]);
    violated(&run, "1 of 2 operations begun 10s after the last change");
    let mut run = progress(None);
    run.read(30_000, 2).shows(30_010, &[]);
    inconclusive(&run, "no fault was injected");
}

#[test]
pub(super) fn a_node_that_is_started_again_is_a_change_whatever_starts_it() {
    let mut run = progress(None);
    let started = Fact::Node(NodeFact::Started { creation: 2 });
    run.crashes(20_000, "db1@a").fact(40_000, "db1@a", started.clone());
    run.post(41_000, 1, "a").fails(41_100).post(50_000, 1, "b").done(50_010);
    passes(&run, "from 50.000s on all 1 operations answered");
    // One that goes down by itself, again and again, is not waited for.
    run.fact(51_000, "db1@a", Fact::Node(NodeFact::Crashed)).fact(52_000, "db1@a", started);
    run.post(53_000, 1, "c").fails(53_100);
    violated(&run, "1 of 2 operations begun 10s after the last change");
}

#[track_caller]
fn kind(run: &HandMade, expected: Tolerance) {
    let figures = check(&run.run()).figures;
    assert_eq!(
        figures.of(users()).tolerance.kind,
        expected,
        "{:#?}",
        figures.of(users()).tolerance
    );
}

#[test]
pub(super) fn what_is_right_and_in_time_is_masking() {
    let mut run = fail_safe();
    run.post(1_000, 1, "a").done(1_010).crashes(20_000, "db1@a");
    run.post(21_000, 1, "b").done(21_010).read(30_000, 2).shows(30_010, &["a", "b"]);
    passes(&run, "all 3 operations can be explained: linearizable");
    kind(&run, Tolerance::Masking);
}

#[test]
pub(super) fn what_is_right_but_refused_or_late_is_fail_safe() {
    let mut run = fail_safe();
    run.crashes(20_000, "db1@a").post(20_100, 1, "b").fails(20_200);
    run.post(20_300, 2, "c").times_out(25_300).read(30_000, 2).shows(30_010, &["c"]);
    passes(&run, "all 3 operations can be explained");
    kind(&run, Tolerance::FailSafe);
}

#[test]
pub(super) fn what_no_order_explains_is_not_fail_safe() {
    let mut stale = fail_safe();
    stale.post(1_000, 1, "a").done(1_010).crashes(20_000, "db1@a");
    stale.read(30_000, 2).shows(30_010, &[]).read(31_000, 2).shows(31_010, &["a"]);
    let finding = violated(&stale, "no order explains what was seen");
    assert!(witness(&finding).contains("users/2 read"), "{finding:?}");
    let mut invented = fail_safe();
    invented.crashes(20_000, "db1@a").read(30_000, 2).shows(30_010, &["a"]);
    violated(&invented, "a read shows <<\"a\">>, which nobody appended");
}

#[test]
pub(super) fn nobody_can_tell_without_a_fault_or_in_a_run_that_was_given_up() {
    let mut run = fail_safe();
    run.post(1_000, 1, "a").done(1_010);
    inconclusive(&run, "no fault was injected");
    kind(&run, Tolerance::Unknown);
    run.crashes(20_000, "db1@a").post(20_100, 1, "b").done(20_200);
    run.read(21_000, 2).shows(21_010, &["a", "b"]).runs_out_of_budget();
    inconclusive(&run, "the run was given up");
    kind(&run, Tolerance::Unknown);
}

#[test]
pub(super) fn an_answer_that_cannot_be_explained_is_not_transparent() {
    let within = millis(1_000);
    let mut run = HandMade::chat(vec![Expectation::Transparent { workload: users(), within }]);
    run.post(1_000, 1, "a").done(1_010).crashes(20_000, "db1@a");
    run.read(30_000, 2).shows(30_010, &[]).read(31_000, 2).shows(31_010, &["a"]);
    violated(&run, "no order explains what was seen");
}

/// A post is lost at 20 s, and the node comes back at 25 s.
fn loses(run: &mut HandMade) -> &mut HandMade {
    run.post(1_000, 1, "a").done(1_010).post(19_900, 1, "lost").done(19_950);
    run.crashes(20_000, "db1@a").read(21_000, 2).shows(21_010, &["a"]);
    run.ends(25_000, 0, "db1@a is started")
}

#[test]
pub(super) fn what_is_right_again_after_a_while_is_nonmasking() {
    let mut run = nonmasking();
    loses(&mut run).post(36_000, 1, "b").done(36_010).read(40_000, 2).shows(40_010, &["a", "b"]);
    passes(&run, "from 35.000s on all 2 operations answered in time, and explained: linearizable");
    kind(&run, Tolerance::Nonmasking);
    let mut run = nonmasking();
    loses(&mut run).read(40_000, 2).shows(40_010, &["a", "lost"]);
    passes(&run, "all 1 operations");
}

#[test]
pub(super) fn what_stays_wrong_is_not_even_fail_safe() {
    let mut refused = nonmasking();
    loses(&mut refused).post(36_000, 1, "b").fails(36_010);
    violated(&refused, "1 of 1 operations begun 10s after the last change were not answered");
    kind(&refused, Tolerance::NotEvenFailSafe);
    let mut late = nonmasking();
    loses(&mut late).post(36_000, 1, "b").done(37_010);
    violated(&late, "1 of 1 operations begun 10s after");
    let mut wrong = nonmasking();
    loses(&mut wrong).post(36_000, 1, "b").done(36_010).read(40_000, 2).shows(40_010, &["a"]);
    violated(&wrong, "no order explains what was seen");
    kind(&wrong, Tolerance::NotEvenFailSafe);
    let mut twice = nonmasking();
    loses(&mut twice).read(40_000, 2).shows(40_010, &["a", "a"]);
    violated(&twice, "more often than it was appended");
}

#[test]
pub(super) fn nobody_can_tell_what_nobody_tried_after_the_last_change() {
    let mut run = nonmasking();
    inconclusive(&run, "no fault was injected");
    loses(&mut run).read(34_999, 2).shows(35_000, &["a"]);
    inconclusive(&run, "no operation of users was begun 10s after the last change");
}

#[test]
pub(super) fn what_holds_afterwards_is_told_of_what_is_only_fail_safe_too() {
    let mut run = fail_safe();
    run.crashes(20_000, "db1@a").post(20_100, 1, "b").fails(20_200);
    run.post(40_000, 1, "c").done(40_010).read(41_000, 2).shows(41_010, &["c"]);
    let figures = check(&run.run()).figures;
    assert_eq!(figures.of(users()).tolerance.afterwards, Some(Conclusion::Pass));
}

#[test]
pub(super) fn nobody_can_tell_what_is_right_where_nothing_is_read() {
    let mut run = fail_safe();
    run.post(1_000, 1, "a").done(1_010).read(2_000, 2).shows(2_010, &["a"]);
    run.crashes(20_000, "db1@a").post(30_000, 1, "b").done(30_010);
    inconclusive(&run, "nothing was read after the fault");
    // A service that says nothing says nothing wrong.
    run.read(31_000, 2).times_out(36_000);
    passes(&run, "all 4 operations can be explained");

    let mut run = fail_safe();
    run.post(1_000, 1, "a").times_out(6_000).read(2_000, 2).times_out(7_000);
    run.crashes(20_000, "db1@a").read(30_000, 2).fails(30_010);
    inconclusive(&run, "nothing was answered: users/1 post <<\"a\">> in <<\"lobby\">> at 1.000s");
    let mut acknowledged = run.clone();
    acknowledged.post(32_000, 1, "b").done(32_010);
    inconclusive(&acknowledged, "nothing that was read was answered: users/2 read in");
    run.read(31_000, 2).shows(31_010, &[]);
    inconclusive(
        &run,
        "nothing that was written was acknowledged, or seen: users/1 post <<\"a\">>",
    );
    let mut acknowledged = run.clone();
    acknowledged.post(32_000, 1, "b").done(32_010);
    passes(&acknowledged, "all 5 operations can be explained");
    run.read(33_000, 2).shows(33_010, &["a"]);
    passes(&run, "all 5 operations can be explained");

    // Nor where no model tells what is right.
    let mut run = fail_safe();
    run.ask(1_000, 1, "how many?").times_out(6_000).crashes(20_000, "db1@a");
    run.ask(21_000, 1, "how many?").times_out(26_000);
    let twin = run.clone();
    run.could_be(UnknownOutcome::Completed, &twin);
    inconclusive(&run, "nothing was answered: users/1 ask <<\"how many?\">>");

    let mut run = nonmasking();
    run.post(1_000, 1, "a").done(1_010).crashes(20_000, "db1@a");
    run.read(21_000, 2).shows(21_010, &[]).post(40_000, 1, "b").done(40_010);
    inconclusive(&run, "nothing was read after the fault");
    run.read(41_000, 2).shows(41_010, &["b"]);
    passes(&run, "all 2 operations answered in time");
}
