use super::hand_made::{HandMade, users};
use super::{inconclusive, passes, violated, witness};
use crate::scenario::Expectation;
use crate::scenario::simulation::UnknownOutcome::{Completed, Dropped};

/// A run in which client 1 asks three times, once before the fault.
fn asks(answers: [&str; 3]) -> HandMade {
    let mut run = HandMade::chat(vec![Expectation::FailSafe { workload: users() }]);
    run.ask(1_000, 1, "a").answers(1_010, answers[0]).crashes(20_000, "db1@a");
    run.ask(21_000, 1, "b").answers(21_010, answers[1]);
    run.ask(22_000, 1, "c").answers(22_010, answers[2]);
    run
}

#[test]
pub(super) fn what_a_run_without_faults_shows_as_well_is_explained() {
    let other = asks(["1", "4", "3"]);
    let mut run = asks(["1", "2", "3"]);
    run.could_be(Completed, &other).could_be(Completed, &asks(["1", "2", "3"]));
    passes(&run, "all 3 operations can be explained: equal to a run without faults");
}

#[test]
pub(super) fn where_a_node_is_called_and_who_answers_makes_no_difference() {
    let mut run = asks(["{'db1@a',1}", "[<0.1.0>]", "#{host => 'rack-a'}"]);
    run.could_be(Completed, &asks(["{'db2@b',1}", "[<0.9.0>]", "#{host => 'rack-b'}"]));
    passes(&run, "equal to a run without faults");
}

#[test]
pub(super) fn an_answer_that_all_runs_without_faults_give_otherwise_is_not_explained() {
    let mut run = asks(["1", "1", "2"]);
    run.could_be(Completed, &asks(["1", "2", "3"])).could_be(Completed, &asks(["1", "2", "5"]));
    let finding = violated(&run, "without faults the answer is 2");
    assert!(witness(&finding).contains(r#"users/1 ask <<"b">>"#), "{finding:?}");
    let mut wrong_early = asks(["0", "2", "3"]);
    violated(wrong_early.could_be(Completed, &asks(["1", "2", "3"])), "the answer is 1");
}

#[test]
pub(super) fn where_runs_without_faults_differ_nobody_can_tell() {
    let mut run = asks(["1", "2", "3"]);
    inconclusive(&run, "there is no run without faults to compare with");
    run.could_be(Completed, &asks(["1", "4", "3"])).could_be(Completed, &asks(["1", "5", "3"]));
    inconclusive(&run, "different from 2 runs without faults, which may be chance");
}

/// The second question has no certain answer.
fn in_doubt(last: &str) -> HandMade {
    let mut run = HandMade::chat(vec![Expectation::FailSafe { workload: users() }]);
    run.ask(1_000, 1, "a").answers(1_010, "1").crashes(20_000, "db1@a");
    run.ask(21_000, 1, "b").times_out(26_000).ask(27_000, 1, "c").answers(27_010, last);
    run
}

#[test]
pub(super) fn what_is_unknown_was_done_or_not() {
    let mut not_done = HandMade::chat(vec![]);
    not_done.ask(1_000, 1, "a").answers(1_010, "1").ask(27_000, 1, "c").answers(27_010, "2");
    let both = |last| {
        let mut run = in_doubt(last);
        run.could_be(Completed, &asks(["1", "2", "3"])).could_be(Dropped, &not_done);
        run
    };
    passes(&both("3"), "equal to a run without faults");
    passes(&both("2"), "equal to a run without faults");
    inconclusive(&both("7"), "what was left open");
}

#[test]
pub(super) fn what_failed_was_not_done() {
    let mut run = HandMade::chat(vec![Expectation::FailSafe { workload: users() }]);
    run.ask(1_000, 1, "a").answers(1_010, "1").crashes(20_000, "db1@a");
    run.ask(21_000, 1, "b").fails(21_010).ask(22_000, 1, "c").answers(22_010, "2");
    let mut other = HandMade::chat(vec![]);
    other.ask(1_000, 1, "a").answers(1_010, "1").ask(22_000, 1, "c").answers(22_010, "2");
    passes(run.could_be(Completed, &other), "equal to a run without faults");
}
