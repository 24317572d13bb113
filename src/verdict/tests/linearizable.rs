use super::hand_made::{HandMade, users};
use super::{inconclusive, passes, violated, witness};
use crate::scenario::Expectation;

fn chat() -> HandMade {
    let mut made = HandMade::chat(vec![Expectation::Linearizable { workload: users() }]);
    made.crashes(500, "db1@a");
    made
}

#[test]
pub(super) fn overlapping_operations_may_take_effect_in_any_order() {
    let mut run = chat();
    run.post(1_000, 1, "a").done(2_000).post(1_100, 2, "b").done(1_200);
    run.read(1_500, 3).shows(1_600, &["b"]).read(3_000, 3).shows(3_100, &["b", "a"]);
    passes(&run, "2 appends and 2 reads of 1 keys have an order");
}

#[test]
pub(super) fn an_append_of_unknown_outcome_may_take_effect_later_or_never() {
    let mut run = chat();
    run.post(1_000, 1, "a").times_out(2_000).post(1_000, 2, "b").times_out(2_000);
    run.read(3_000, 3).shows(3_100, &[]).read(4_000, 3).shows(4_100, &["b"]);
    passes(&run, "2 appends and 2 reads");
}

#[test]
pub(super) fn a_stale_read_has_no_place() {
    let mut run = chat();
    run.post(1_000, 1, "a").done(1_100).read(2_000, 2).shows(2_100, &[]);
    run.read(3_000, 3).shows(3_100, &["a"]);
    let finding = violated(&run, "the later read came before the earlier append");
    assert_eq!(witness(&finding).lines().count(), 2);
}

#[test]
pub(super) fn an_append_that_was_overtaken_in_time_has_no_place() {
    let mut run = chat();
    run.post(1_000, 1, "a").done(1_100).post(2_000, 2, "b").done(2_100);
    run.read(3_000, 3).shows(3_100, &["b", "a"]);
    violated(&run, "the later append came before the earlier append");
}

#[test]
pub(super) fn two_versions_of_the_past_have_no_place() {
    let mut run = chat();
    run.post(1_000, 1, "a").done(1_500).post(1_000, 2, "b").times_out(1_500);
    run.read(2_000, 3).shows(2_100, &["a"]).read(3_000, 3).shows(3_100, &["b", "a"]);
    violated(&run, "neither is the beginning of the other");
}

#[test]
pub(super) fn what_nobody_wrote_has_no_place() {
    let mut run = chat();
    run.read(2_000, 3).shows(2_100, &["a"]);
    violated(&run, r#"a read shows <<"a">>, which nobody appended"#);
    let mut run = chat();
    run.post(1_000, 1, "a").fails(1_100).read(2_000, 3).shows(2_100, &["a"]);
    violated(&run, r#"a read shows <<"a">>, whose append failed"#);
}

#[test]
pub(super) fn what_was_lost_has_no_place() {
    let mut run = chat();
    run.post(1_000, 1, "a").done(1_100).read(2_000, 3).shows(2_100, &[]);
    violated(&run, "the later read came before the earlier append");
}

#[test]
pub(super) fn what_a_read_that_had_ended_showed_cannot_be_appended_later() {
    let mut run = chat();
    run.read(1_000, 3).shows(1_100, &["a"]).post(2_000, 1, "a").done(2_100);
    let finding = violated(&run, "the later append came before the earlier read");
    assert_eq!(witness(&finding).lines().count(), 2);
    let mut run = chat();
    run.post(1_000, 1, "a").times_out(1_500).read(2_000, 3).shows(2_100, &["a"]);
    run.post(3_000, 1, "b").done(3_100).read(4_000, 3).shows(4_100, &["b", "a"]);
    violated(&run, "neither is the beginning of the other");
}

#[test]
pub(super) fn values_may_be_appended_twice() {
    let mut run = chat();
    run.post(1_000, 1, "a").done(1_010).post(2_000, 1, "a").done(2_010);
    run.read(3_000, 1).shows(3_010, &["a", "a"]);
    passes(&run, "2 appends and 1 reads");
    run.read(4_000, 1).shows(4_010, &["a", "a", "a"]);
    violated(&run, r#"a read shows <<"a">> more often than it was appended"#);
}

#[test]
pub(super) fn nobody_can_tell_without_reads() {
    let mut run = chat();
    run.quiet_posts(1_000, 2_000);
    inconclusive(&run, "no read was answered after the fault");
    run.read(2_000, 3).done(2_010);
    inconclusive(&run, "1 reads were answered with no list");
}
