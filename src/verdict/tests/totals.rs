use super::hand_made::{HandMade, millis, ms, users};
use crate::scenario::simulation::InvariantResult;
use crate::scenario::{Expectation, ExpectedVerdict};
use crate::verdict::{Conclusion, check};

fn conclusion(made: &HandMade) -> Conclusion {
    check(&made.run()).conclusion
}

#[test]
fn one_violation_outweighs_the_rest() {
    let availability = Expectation::Availability { workload: users(), at_least_ppm: 1 };
    let transparent = Expectation::Transparent { workload: users(), within: millis(1_000) };
    let lost = Expectation::LostAcknowledged { workload: users(), at_most: 0 };
    let mut run = HandMade::chat(vec![availability.clone(), lost, transparent]);
    run.post(1_000, 1, "a").done(1_010).crashes(20_000, "db1@a").post(21_000, 1, "b").done(21_010);
    assert_eq!(conclusion(&run), Conclusion::Inconclusive);
    run.post(22_000, 1, "c").fails(22_010);
    assert_eq!(conclusion(&run), Conclusion::Violated);
    assert!(check(&run.run()).meets(&ExpectedVerdict::Violated));
    assert!(!check(&run.run()).meets(&ExpectedVerdict::Pass));
}

#[test]
fn where_nothing_is_expected_nothing_passes() {
    let mut run = HandMade::chat(vec![]);
    run.post(1_000, 1, "a").done(1_010).crashes(20_000, "db1@a").post(21_000, 1, "b").done(21_010);
    let verdict = check(&run.run());
    assert_eq!(verdict.conclusion, Conclusion::Inconclusive);
    let [doubt] = verdict.doubts.as_slice() else { panic!("{:?}", verdict.doubts) };
    assert!(doubt.why.starts_with("nothing was expected"), "{doubt:?}");
    // The figures of users are still reported.
    assert_eq!(verdict.figures.of(users()).ok, 2);
    let broken = Some((ms(30_000), "broken".to_owned()));
    run.checks(InvariantResult { name: "asked".to_owned(), broken, held: 1 });
    assert_eq!(conclusion(&run), Conclusion::Violated);
}

#[test]
fn a_run_that_was_given_up_does_not_pass() {
    let mut run = HandMade::chat(vec![]);
    run.checks(InvariantResult { name: "asked".to_owned(), broken: None, held: 1 });
    assert_eq!(conclusion(&run), Conclusion::Pass);
    run.runs_out_of_budget();
    assert_eq!(conclusion(&run), Conclusion::Inconclusive);
}
