use super::hand_made::{HandMade, users};
use super::{inconclusive, passes, violated, witness};
use crate::scenario::Expectation;

/// Half of the operations, at least.
fn chat() -> HandMade {
    let at_least_ppm = 500_000;
    HandMade::chat(vec![Expectation::Availability { workload: users(), at_least_ppm }])
}

#[test]
pub(super) fn half_of_the_answers_is_enough() {
    let mut run = chat();
    run.post(1_000, 1, "a").done(1_010).crashes(20_000, "db1@a").post(20_100, 1, "b").fails(20_200);
    passes(&run, "50% answered (1 of 2)");
}

#[test]
pub(super) fn fewer_are_not() {
    let mut run = chat();
    run.post(1_000, 1, "a").done(1_010).crashes(20_000, "db1@a");
    run.post(20_100, 1, "b").fails(20_200).post(21_000, 1, "c").times_out(26_000);
    let finding = violated(&run, "33.3333% answered (1 of 3)");
    assert_eq!(witness(&finding).lines().count(), 2);
}

#[test]
pub(super) fn no_answer_in_time_is_none() {
    let mut run = chat();
    run.crashes(20_000, "db1@a").post(20_100, 1, "b").hangs();
    violated(&run, "0% answered (0 of 1)");
}

#[test]
pub(super) fn nobody_can_tell_without_a_fault_or_an_answer() {
    let mut run = chat();
    inconclusive(&run, "no operation of users came to its end");
    run.quiet_posts(1_000, 2_000);
    inconclusive(&run, "no fault was injected");
}

#[test]
pub(super) fn nobody_can_tell_of_what_waits_when_the_run_ends() {
    let mut run = chat();
    run.quiet_posts(1_000, 2_000).crashes(59_000, "db1@a").post(59_100, 1, "b").hangs();
    inconclusive(&run, "the run ended while 1 operation waited, for up to 900 ms");
}
