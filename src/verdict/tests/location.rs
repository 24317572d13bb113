use super::hand_made::{HandMade, users};
use super::{inconclusive, passes, violated, witness};
use crate::scenario::{Expectation, Layout, Unplaceable};

fn chat() -> HandMade {
    HandMade::chat(vec![Expectation::LocationTransparent { workload: users(), placements: 2 }])
}

/// Users who ask two questions and are answered so.
fn asks(answers: [&str; 2]) -> HandMade {
    let mut run = HandMade::chat(vec![]);
    run.ask(1_000, 1, "a").answers(1_010, answers[0]).ask(2_000, 1, "b").answers(2_010, answers[1]);
    run
}

/// The applications as written, and all on one node.
fn both(as_written: &HandMade, on_one_node: &HandMade) -> HandMade {
    let mut run = chat();
    run.placed(Layout::AsWritten, as_written).placed(Layout::OneNode, on_one_node);
    run
}

#[test]
pub(super) fn the_same_answers_wherever_applications_run_are_transparent() {
    passes(&both(&asks(["1", "2"]), &asks(["1", "2"])), "the same 2 answers all on one node");
    let (here, there) = (asks(["{'web@a',1}", "2"]), asks(["{'db1@a',1}", "2"]));
    passes(&both(&here, &there), "the same 2 answers");
}

#[test]
pub(super) fn another_answer_elsewhere_is_a_difference() {
    let finding = violated(&both(&asks(["1", "2"]), &asks(["1", "3"])), "are all on one node");
    assert!(witness(&finding).contains("all on one node: users/1 ask"), "{finding:?}");
    let mut fails = HandMade::chat(vec![]);
    fails.ask(1_000, 1, "a").answers(1_010, "1").ask(2_000, 1, "b").fails(2_010);
    violated(&both(&asks(["1", "2"]), &fails), "are all on one node");
    let mut stops = HandMade::chat(vec![]);
    stops.ask(1_000, 1, "a").answers(1_010, "1");
    let finding = violated(&both(&asks(["1", "2"]), &stops), "are all on one node");
    assert!(witness(&finding).contains("nothing more was done"), "{finding:?}");
}

#[test]
pub(super) fn nobody_can_tell_where_nothing_was_placed_otherwise_or_answered() {
    inconclusive(&chat(), "the applications were not placed otherwise");
    inconclusive(chat().unplaceable(Unplaceable::Cookies), "have different cookies");
    let nothing = HandMade::chat(vec![]);
    inconclusive(&both(&nothing, &nothing), "no operation of users was answered");
    let mut given_up = HandMade::chat(vec![]);
    given_up.ask(1_000, 1, "a").answers(1_010, "1").runs_out_of_budget();
    inconclusive(&both(&asks(["1", "2"]), &given_up), "a run was given up before its end");
}
