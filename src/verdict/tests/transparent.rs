use super::hand_made::{HandMade, millis, users};
use super::{inconclusive, passes, violated, witness};
use crate::consistency::history::OperationId;
use crate::scenario::Expectation;

fn chat() -> HandMade {
    let within = millis(2_000);
    HandMade::chat(vec![Expectation::Transparent { workload: users(), within }])
}

#[test]
pub(super) fn answers_in_time_are_transparent() {
    let mut run = chat();
    run.crashes(20_000, "db1@a").post(19_999, 1, "a").done(21_990);
    run.read(25_000, 1).shows(25_010, &["a"]);
    passes(&run, "all 2 operations answered within 2s, slowest 1.99 s");
}

#[test]
pub(super) fn an_error_is_noticed() {
    let mut run = chat();
    run.post(1_000, 1, "a").done(1_010).crashes(20_000, "db1@a").post(20_100, 3, "b").fails(20_200);
    let finding = violated(&run, "1 not answered, of 2 operations");
    assert_eq!(finding.witness.as_ref().unwrap().operation, Some(OperationId(1)));
    assert_eq!(
        witness(&finding),
        r#"users/3 post <<"b">> in <<"lobby">> at 20.100s, failed with refused at 20.200s (100 ms)"#
    );
}

#[test]
pub(super) fn a_late_answer_is_noticed() {
    let mut run = chat();
    run.crashes(20_000, "db1@a").post(20_100, 3, "b").done(22_101);
    violated(&run, "1 too late, of 1 operations; slowest answer 2.00 s");
}

#[test]
pub(super) fn an_operation_without_an_answer_is_noticed() {
    let mut run = chat();
    run.crashes(20_000, "db1@a").post(57_900, 3, "b").hangs();
    violated(&run, "1 too late");
    let mut run = chat();
    run.crashes(20_000, "db1@a").post(20_100, 3, "b").hangs();
    violated(&run, "1 not answered");
}

#[test]
pub(super) fn what_is_lost_or_shown_twice_is_noticed() {
    let mut run = chat();
    run.post(1_000, 1, "a").done(1_010).crashes(20_000, "db1@a");
    run.read(30_000, 2).shows(30_010, &[]);
    violated(&run, "1 lost, of 2 operations");
    let mut run = chat();
    run.post(1_000, 1, "a").done(1_010).crashes(20_000, "db1@a");
    run.read(30_000, 2).shows(30_010, &["a", "a"]);
    violated(&run, "1 shown twice, of 2 operations");
}

#[test]
pub(super) fn nobody_can_tell_without_a_fault_or_users_at_it() {
    let mut run = chat();
    run.quiet_posts(1_000, 2_000);
    inconclusive(&run, "no fault was injected");
    run.crashes(20_000, "db1@a");
    inconclusive(&run, "no operation of users was going on at or after the fault at 20.000s");
}

#[test]
pub(super) fn an_operation_that_goes_on_at_the_end_counts_neither_way() {
    let mut run = chat();
    run.crashes(20_000, "db1@a").post(20_100, 1, "a").done(20_200);
    run.read(21_000, 2).shows(21_010, &["a"]).post(59_900, 1, "b").hangs();
    passes(&run, "all 2 operations");
}

#[test]
pub(super) fn a_run_that_is_given_up_proves_nothing_good() {
    let mut run = chat();
    run.crashes(20_000, "db1@a").post(20_100, 1, "a").done(20_200);
    run.read(21_000, 2).shows(21_010, &["a"]).runs_out_of_budget();
    inconclusive(&run, "the run was given up at 60.000s after 1234 steps; until then all 2");
    run.post(30_000, 1, "b").fails(30_100);
    violated(&run, "1 not answered");
}

#[test]
pub(super) fn nobody_can_tell_of_what_waits_when_the_run_ends() {
    let mut run = chat();
    run.quiet_posts(1_000, 2_000).crashes(59_000, "db1@a").read(59_050, 2).hangs();
    run.post(59_100, 1, "b").hangs();
    inconclusive(&run, "the run ended while 2 operations waited, for up to 950 ms");
    // At the end of a run something is always under way.
    let mut run = chat();
    run.crashes(20_000, "db1@a").post(30_000, 1, "a").done(30_010);
    run.read(59_000, 2).shows(59_010, &["a"]).read(59_950, 2).hangs();
    passes(&run, "all 2 operations answered within 2s");
}
