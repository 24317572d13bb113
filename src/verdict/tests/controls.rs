//! The controls: for each thing that can be expected there are runs that the checkers have to
//! accept, at least two that they have to reject, and at least one that they have to call
//! inconclusive.
//!
//! They are the runs of the other tests of this folder, which are made once more and counted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_json::Value;

use super::{
    availability, bounds, claimed, detection, fault_free, instances, invariants, kept,
    linearizable, location, recovery, tolerance, transparent,
};
use crate::scenario::{Consistency, Expectation, Invariant};
use crate::spelling::Choice;
use crate::verdict::{Conclusion, Finding};

const TESTS: &[fn()] = &[
    availability::half_of_the_answers_is_enough,
    availability::fewer_are_not,
    availability::no_answer_in_time_is_none,
    availability::nobody_can_tell_without_a_fault_or_an_answer,
    availability::nobody_can_tell_of_what_waits_when_the_run_ends,
    bounds::what_is_lost_may_not_be_too_old,
    bounds::what_is_lost_without_a_fault_is_too_old_for_any_limit,
    bounds::what_one_side_of_a_partition_took_is_as_old_as_its_end_finds_it,
    bounds::nobody_can_tell_what_is_lost_without_a_read,
    bounds::failures_use_up_the_error_budget,
    bounds::a_budget_that_nothing_put_to_the_test_is_left_open,
    bounds::the_slowest_answers_are_compared_with_those_without_faults,
    bounds::a_p99_needs_a_twin_a_fault_and_enough_answers,
    bounds::the_times_with_two_primaries_add_up,
    bounds::nobody_can_tell_of_two_primaries_when_nobody_had_to_take_over,
    claimed::each_claim_has_what_bears_it_out_what_is_against_it_and_what_leaves_it_open,
    claimed::what_clients_post_is_shown_in_its_order_and_after_what_they_had_read,
    claimed::what_is_sequentially_consistent_may_be_stale,
    claimed::what_is_claimed_is_what_has_to_be_explained,
    detection::a_loss_that_all_notice_in_time,
    detection::one_that_somebody_notices_late,
    detection::one_that_somebody_never_notices,
    detection::a_node_that_is_gone_itself_need_not_notice,
    detection::a_node_that_stops_in_order_is_lost_when_it_has_stopped,
    detection::in_a_partition_only_the_other_side_has_to_notice,
    detection::nobody_can_tell_when_nothing_had_to_be_noticed,
    fault_free::what_a_run_without_faults_shows_as_well_is_explained,
    fault_free::where_a_node_is_called_and_who_answers_makes_no_difference,
    fault_free::an_answer_that_all_runs_without_faults_give_otherwise_is_not_explained,
    fault_free::where_runs_without_faults_differ_nobody_can_tell,
    fault_free::what_is_unknown_was_done_or_not,
    fault_free::what_failed_was_not_done,
    instances::a_failover_leaves_one_instance,
    instances::a_paused_node_goes_on_running_its_instance,
    instances::a_takeover_overlaps_for_as_long_as_it_is_allowed_to,
    instances::a_host_without_power_runs_nothing,
    instances::nobody_can_tell_when_nobody_had_to_take_over,
    instances::a_standby_that_stays_one_though_it_sees_nobody_passes,
    instances::an_application_that_nobody_takes_is_told,
    invariants::a_state_that_always_holds_never_lapses,
    invariants::what_takes_no_time_is_no_lapse,
    invariants::what_never_happens_is_not_seen,
    invariants::nobody_can_tell_of_a_process_that_there_never_was,
    invariants::what_happens_eventually_happens_in_time,
    invariants::what_happens_sometimes_and_did_not_puts_nothing_to_the_test,
    invariants::at_most_one_runs_at_a_time,
    invariants::what_follows_follows_in_time_each_time,
    invariants::what_follows_after_the_end_of_the_run_counts_neither_way,
    invariants::what_a_program_asks_is_a_finding_of_its_own,
    invariants::each_state_and_each_event_is_seen_where_it_is_and_nowhere_else,
    kept::what_later_reads_show_is_kept,
    kept::what_a_later_read_does_not_show_is_lost,
    kept::what_is_lost_is_as_old_as_the_fault_that_can_lose_it_finds_it,
    kept::what_is_shown_again_was_out_of_sight,
    kept::a_read_that_began_before_the_answer_may_not_show_it,
    kept::so_many_may_be_lost,
    kept::nobody_can_tell_without_a_read_after_the_fault,
    kept::a_value_that_is_shown_twice_is_duplicated,
    kept::a_value_that_was_written_twice_is_not,
    kept::nobody_can_tell_duplicates_without_reads,
    linearizable::overlapping_operations_may_take_effect_in_any_order,
    linearizable::an_append_of_unknown_outcome_may_take_effect_later_or_never,
    linearizable::a_stale_read_has_no_place,
    linearizable::an_append_that_was_overtaken_in_time_has_no_place,
    linearizable::two_versions_of_the_past_have_no_place,
    linearizable::what_nobody_wrote_has_no_place,
    linearizable::what_was_lost_has_no_place,
    linearizable::what_a_read_that_had_ended_showed_cannot_be_appended_later,
    linearizable::values_may_be_appended_twice,
    linearizable::nobody_can_tell_without_reads,
    location::the_same_answers_wherever_applications_run_are_transparent,
    location::another_answer_elsewhere_is_a_difference,
    location::nobody_can_tell_where_nothing_was_placed_otherwise_or_answered,
    recovery::users_who_are_served_at_once_are_not_disturbed,
    recovery::the_time_runs_to_the_first_success_after_the_last_disturbance,
    recovery::too_long_is_violated,
    recovery::never_again_is_violated,
    recovery::the_end_of_a_fault_may_disturb_as_well,
    recovery::a_slow_answer_disturbs_only_if_people_notice,
    recovery::nobody_can_tell_when_the_run_ends_too_early,
    recovery::nobody_can_tell_without_a_fault_or_users_at_it,
    tolerance::users_who_are_served_in_the_end_make_progress,
    tolerance::progress_may_have_to_be_fast,
    tolerance::what_is_right_and_in_time_is_masking,
    tolerance::what_is_right_but_refused_or_late_is_fail_safe,
    tolerance::what_no_order_explains_is_not_fail_safe,
    tolerance::nobody_can_tell_without_a_fault_or_in_a_run_that_was_given_up,
    tolerance::an_answer_that_cannot_be_explained_is_not_transparent,
    tolerance::what_is_right_again_after_a_while_is_nonmasking,
    tolerance::what_stays_wrong_is_not_even_fail_safe,
    tolerance::nobody_can_tell_what_nobody_tried_after_the_last_change,
    tolerance::nobody_can_tell_what_is_right_where_nothing_is_read,
    tolerance::what_holds_afterwards_is_told_of_what_is_only_fail_safe_too,
    transparent::answers_in_time_are_transparent,
    transparent::an_error_is_noticed,
    transparent::a_late_answer_is_noticed,
    transparent::an_operation_without_an_answer_is_noticed,
    transparent::what_is_lost_or_shown_twice_is_noticed,
    transparent::nobody_can_tell_without_a_fault_or_users_at_it,
    transparent::an_operation_that_goes_on_at_the_end_counts_neither_way,
    transparent::nobody_can_tell_of_what_waits_when_the_run_ends,
    transparent::a_run_that_is_given_up_proves_nothing_good,
];

/// The name of an expectation in scenario files. A new kind of expectation has to be named here,
/// and then needs its controls.
fn name(expectation: &Expectation) -> String {
    match expectation {
        Expectation::Transparent { .. } => "transparent".to_owned(),
        Expectation::Linearizable { .. } => "linearizable".to_owned(),
        Expectation::LostAcknowledged { .. } => "lost_acknowledged".to_owned(),
        Expectation::Duplicated { .. } => "duplicated".to_owned(),
        Expectation::SingleInstance { .. } => "single_instance".to_owned(),
        Expectation::Availability { .. } => "availability".to_owned(),
        Expectation::RecoveryTime { .. } => "recovery_time".to_owned(),
        Expectation::DetectionTime { .. } => "detection_time".to_owned(),
        Expectation::FailSafe { .. } => "fail_safe".to_owned(),
        Expectation::Nonmasking { .. } => "nonmasking".to_owned(),
        Expectation::Progress { .. } => "progress".to_owned(),
        Expectation::RecoveryPoint { .. } => "rpo".to_owned(),
        Expectation::ErrorBudget { .. } => "error_budget".to_owned(),
        Expectation::P99AgainstTwin { .. } => "p99_against_twin".to_owned(),
        Expectation::LocationTransparent { .. } => "location_transparent".to_owned(),
        Expectation::TwoPrimaries { .. } => "two_primaries".to_owned(),
        Expectation::Claim { claim, .. } => claim_name(*claim),
        Expectation::Invariant(invariant) => match invariant {
            Invariant::Always { .. } => "invariant always".to_owned(),
            Invariant::Never(_) => "invariant never".to_owned(),
            Invariant::Eventually { .. } => "invariant eventually".to_owned(),
            Invariant::Sometimes(_) => SOMETIMES.to_owned(),
            Invariant::AtMostOne { .. } => "invariant at_most_one".to_owned(),
            Invariant::After { .. } => "invariant after".to_owned(),
            Invariant::Named(_) => IN_RUST.to_owned(),
        },
    }
}

/// A state that was never reached violates nothing: it makes a run inconclusive.
const SOMETIMES: &str = "invariant sometimes";

/// An invariant of a program; scenario files have no name for it.
const IN_RUST: &str = "invariant in Rust";

fn claim_name(claim: Consistency) -> String {
    claim.word().to_owned()
}

/// Everything that a scenario may expect, as its published schema has it.
fn names() -> BTreeSet<String> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/scenario.schema.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let variants = |part: &str| {
        let all = schema["properties"][part]["items"]["oneOf"].as_array().unwrap().clone();
        all.into_iter().map(|variant| variant["required"][0].as_str().unwrap().to_owned())
    };
    let mut names: BTreeSet<String> = variants("expect").collect();
    // Another name for the same.
    assert!(names.remove("masking"));
    names.extend(variants("invariants").map(|name| format!("invariant {name}")));
    names.extend(Consistency::words().into_iter().map(str::to_owned));
    names.insert(IN_RUST.to_owned());
    names
}

/// The findings that the tests produce for each kind of expectation, each finding once.
fn shown() -> BTreeMap<String, Vec<Finding>> {
    let mut shown: BTreeMap<String, Vec<Finding>> = BTreeMap::new();
    super::FINDINGS.take();
    for test in TESTS {
        test();
    }
    for finding in super::FINDINGS.take() {
        let known = shown.entry(name(&finding.expectation)).or_default();
        if !known.contains(&finding) {
            known.push(finding);
        }
    }
    shown
}

fn count(findings: &[Finding], result: Conclusion) -> usize {
    findings.iter().filter(|finding| finding.result == result).count()
}

#[test]
fn every_checker_accepts_rejects_and_leaves_open_what_it_has_to() {
    let shown = shown();
    assert_eq!(shown.keys().cloned().collect::<BTreeSet<_>>(), names());
    let mut table = String::from("                         accepted  rejected  inconclusive\n");
    for (name, findings) in &shown {
        let [accepted, rejected, inconclusive] =
            [Conclusion::Pass, Conclusion::Violated, Conclusion::Inconclusive]
                .map(|result| count(findings, result));
        let _ = writeln!(table, "{name:24} {accepted:>8}  {rejected:>8}  {inconclusive:>12}");
        assert!(accepted >= 1 && inconclusive >= 1, "{name}: {findings:#?}");
        assert!(rejected >= 2 || name == SOMETIMES, "{name}: {findings:#?}");
    }
    insta::assert_snapshot!("controls", table);
}
