use super::hand_made::{HandMade, millis, users};
use crate::check::{Conclusion, check};
use crate::scenario::{Expectation, ExpectedVerdict};

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
fn nothing_expected_passes_unless_the_run_was_given_up() {
    let mut run = HandMade::chat(vec![]);
    assert_eq!(conclusion(&run), Conclusion::Pass);
    run.runs_out_of_budget();
    assert_eq!(conclusion(&run), Conclusion::Inconclusive);
}
