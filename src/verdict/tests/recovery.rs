use super::hand_made::{HandMade, millis, ms, users};
use super::{inconclusive, passes, violated, witness};
use crate::engine::term::Atom;
use crate::scenario::Expectation;
use crate::scenario::fault::Fault;
use crate::verdict::check;

fn chat() -> HandMade {
    let at_most = millis(2_000);
    let mut made = HandMade::chat(vec![Expectation::RecoveryTime { workload: users(), at_most }]);
    made.quiet_posts(10_000, 20_000);
    made
}

#[test]
pub(super) fn users_who_are_served_at_once_are_not_disturbed() {
    let mut run = chat();
    run.crashes(20_000, "db1@a").quiet_posts(20_000, 30_000);
    passes(&run, "no user was disturbed");
}

#[test]
pub(super) fn the_time_runs_to_the_first_success_after_the_last_disturbance() {
    let mut run = chat();
    run.crashes(20_000, "db1@a").post(20_100, 1, "a").times_out(25_100);
    run.post(20_200, 2, "b").done(20_210).post(20_300, 3, "c").fails(20_310);
    run.post(20_400, 4, "d")
        .done(20_900)
        .post(20_500, 5, "e")
        .done(20_600)
        .quiet_posts(21_000, 30_000);
    passes(
        &run,
        r#"users were served again 600 ms after "db1@a crashes" (3 of 95 operations disturbed)"#,
    );
    let fault = &check(&run.run()).figures.faults[0];
    assert_eq!(fault.recovery.served_again, Some(ms(20_600)));
    assert_eq!(fault.recovery_time(), Some(millis(600)));
}

#[test]
pub(super) fn too_long_is_violated() {
    let mut run = chat();
    run.crashes(20_000, "db1@a")
        .post(22_000, 1, "a")
        .fails(22_010)
        .post(22_100, 1, "b")
        .done(22_110);
    let finding = violated(&run, "served again 2.11 s after");
    assert_eq!(
        witness(&finding),
        "last disturbed: users/1 post <<\"a\">> in <<\"lobby\">> at 22.000s, failed with refused at 22.010s (10.0 ms)\nserved again at 22.110s"
    );
}

#[test]
pub(super) fn never_again_is_violated() {
    let mut run = chat();
    run.crashes(20_000, "db1@a").post(22_000, 1, "a").fails(22_010);
    violated(&run, "users were not served again in the 40.0 s from \"db1@a crashes\" to the end");
}

#[test]
pub(super) fn the_end_of_a_fault_may_disturb_as_well() {
    let mut run = chat();
    run.crashes(20_000, "db1@a").quiet_posts(20_100, 40_000).ends(40_000, 0, "db1@a is started");
    run.post(40_100, 1, "a").fails(40_110).post(45_000, 1, "b").done(45_010);
    violated(&run, r#"served again 5.01 s after "db1@a is started""#);
    let fault = &check(&run.run()).figures.faults[0];
    assert_eq!(fault.recovery.disturbed, 0);
    assert_eq!(fault.recovery_time(), Some(millis(5_010)));
}

#[test]
pub(super) fn a_slow_answer_disturbs_only_if_people_notice() {
    let mut run = chat();
    run.crashes(20_000, "db1@a").post(20_100, 1, "a").done(20_195).quiet_posts(21_000, 22_000);
    passes(&run, "no user was disturbed");
    let mut run = chat();
    run.crashes(20_000, "db1@a").post(20_100, 1, "a").done(20_205).quiet_posts(21_000, 22_000);
    passes(&run, "users were served again 1.01 s after");
}

#[test]
pub(super) fn nobody_can_tell_when_the_run_ends_too_early() {
    let mut run = chat();
    run.inject(58_500, Fault::CrashHost(Atom::new("rack-a"))).post(59_000, 1, "a").fails(59_010);
    inconclusive(&run, "the run ended before users were served again after \"host 'rack-a' loses");
}

#[test]
pub(super) fn nobody_can_tell_without_a_fault_or_users_at_it() {
    let mut run = chat();
    inconclusive(&run, "no fault was injected");
    run.crashes(20_000, "db1@a");
    inconclusive(&run, "no operation of users was going on");
}
