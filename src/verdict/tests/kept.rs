use super::hand_made::{HandMade, millis, ms, node, users};
use super::{inconclusive, passes, violated, witness};
use crate::consistency::history::OperationId;
use crate::scenario::Expectation;
use crate::scenario::fault::Fault;
use crate::verdict::check;

fn lost(at_most: u32) -> HandMade {
    HandMade::chat(vec![Expectation::LostAcknowledged { workload: users(), at_most }])
}

fn duplicated() -> HandMade {
    HandMade::chat(vec![Expectation::Duplicated { workload: users(), at_most: 0 }])
}

#[test]
pub(super) fn what_later_reads_show_is_kept() {
    let mut run = lost(0);
    run.post(1_000, 1, "a").done(1_010).crashes(20_000, "db1@a");
    run.post(20_100, 1, "b").times_out(25_100).read(30_000, 2).shows(30_010, &["a"]);
    passes(&run, "none of 1 acknowledged operations is missing");
}

#[test]
pub(super) fn what_a_later_read_does_not_show_is_lost() {
    let mut run = lost(0);
    run.post(1_000, 1, "a").done(1_010).post(19_800, 1, "b").done(19_810).crashes(20_000, "db1@a");
    run.read(30_000, 2).shows(30_010, &["a"]);
    let finding = violated(&run, "1 of 2 acknowledged operations lost, the oldest 190 ms before");
    assert_eq!(
        witness(&finding),
        r#"users/1 post <<"b">> in <<"lobby">> at 19.800s, acknowledged at 19.810s, is missing from users/2 read in <<"lobby">> at 30.000s, answered [<<"a">>] at 30.010s (10.0 ms)"#
    );
    let figures = check(&run.run()).figures;
    let missing = &figures.of(users()).missing[0];
    assert_eq!((missing.operation, missing.not_in), (OperationId(1), OperationId(2)));
    assert_eq!((missing.acknowledged, missing.age), (ms(19_810), Some(millis(190))));
}

#[test]
pub(super) fn what_is_lost_is_as_old_as_the_fault_that_can_lose_it_finds_it() {
    let mut run = lost(0);
    run.post(1_000, 1, "a").done(1_010);
    run.inject(2_000, Fault::SetSpeed { node: node("db1@a"), percent: 200 });
    run.crashes(20_000, "db1@a").read(30_000, 2).shows(30_010, &[]);
    violated(&run, "the oldest 19.0 s before the fault");
}

#[test]
pub(super) fn what_is_shown_again_was_out_of_sight() {
    let mut run = lost(0);
    run.post(1_000, 1, "a").done(1_010).crashes(20_000, "db1@a");
    run.read(30_000, 2).shows(30_010, &[]).read(31_000, 2).shows(31_010, &["a"]);
    violated(&run, "0 of 1 acknowledged operations lost; 1 missing for a time");
}

#[test]
pub(super) fn a_read_that_began_before_the_answer_may_not_show_it() {
    let mut run = lost(0);
    run.crashes(20_000, "db1@a").post(30_000, 1, "a").done(30_050);
    run.read(30_050, 2).shows(30_060, &[]);
    let mut other = run.clone();
    run.read(30_070, 2).shows(30_080, &["a"]);
    passes(&run, "none of 1");
    // The client that was answered knows better.
    other.read(30_050, 1).shows(30_060, &[]).read(30_070, 2).shows(30_080, &["a"]);
    let run = other;
    violated(&run, "1 missing");
}

#[test]
pub(super) fn so_many_may_be_lost() {
    let mut run = lost(1);
    run.post(1_000, 1, "a").done(1_010).crashes(20_000, "db1@a").read(30_000, 2).shows(30_010, &[]);
    passes(&run, "1 of 1 acknowledged operations lost");
}

#[test]
pub(super) fn nobody_can_tell_without_a_read_after_the_fault() {
    let mut run = lost(0);
    run.post(1_000, 1, "a").done(1_010).read(2_000, 1).shows(2_010, &["a"]);
    inconclusive(&run, "no fault was injected");
    run.crashes(20_000, "db1@a").read(20_010, 1).times_out(25_000);
    inconclusive(&run, "no read after the fault could have shown an acknowledged operation");
    run.read(30_000, 1).done(30_010);
    inconclusive(&run, "no read after the fault");
}

#[test]
pub(super) fn a_value_that_is_shown_twice_is_duplicated() {
    let mut run = duplicated();
    run.crashes(20_000, "db1@a").post(20_100, 1, "a").times_out(25_100);
    run.post(26_000, 1, "b").done(26_010).read(30_000, 2).shows(30_010, &["a", "b", "a"]);
    let finding = violated(&run, "1 values shown more often than written");
    assert_eq!(
        witness(&finding),
        r#"<<"a">> is 2 times in <<"lobby">>: users/2 read in <<"lobby">> at 30.000s, answered [<<"a">>,<<"b">>,<<"a">>] at 30.010s (10.0 ms)"#
    );
}

#[test]
pub(super) fn a_value_that_was_written_twice_is_not() {
    let mut run = duplicated();
    run.crashes(20_000, "db1@a")
        .post(20_100, 1, "a")
        .done(20_200)
        .post(21_000, 2, "a")
        .done(21_010);
    run.read(30_000, 2).shows(30_010, &["a", "a"]);
    passes(&run, "0 values");
    run.read(31_000, 2).shows(31_010, &["a", "a", "a"]);
    violated(&run, "1 values");
}

#[test]
pub(super) fn nobody_can_tell_duplicates_without_reads() {
    let mut run = duplicated();
    run.crashes(20_000, "db1@a").quiet_posts(20_100, 21_000);
    inconclusive(&run, "no read after the fault");
}
