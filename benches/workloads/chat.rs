//! W6: the chat scenario, 90 virtual seconds with 1 495 operations of users, a crash, a failover and
//! a takeover.

use nodedown::scenario::Scenario;
use nodedown::services::Programs;
use nodedown::simulation::Simulation;
use nodedown::trace::Detail;
use nodedown::verdict::{Conclusion, check};

use super::Prepared;

/// Runs of the scenario with this many seeds.
pub(crate) fn prepare(runs: u64, checked: bool) -> Prepared {
    let programs = Programs::builtin();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/chat-failover.json");
    let scenario = Scenario::from_file(file, &programs.catalogue()).expect("it makes sense");
    Box::new(move || {
        for seed in 1..=runs {
            let detail = if checked { Detail::Story } else { Detail::Off };
            let run = Simulation::new(scenario.plan(seed), &programs).detail(detail).run();
            assert!(!checked || check(&run).conclusion == Conclusion::Pass, "seed {seed}");
        }
        runs
    })
}

/// The events and turns of one run.
pub(crate) fn steps() -> u64 {
    let programs = Programs::builtin();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/chat-failover.json");
    let scenario = Scenario::from_file(file, &programs.catalogue()).expect("it makes sense");
    Simulation::new(scenario.plan(1), &programs).detail(Detail::Off).run().steps
}
