//! Sweeps over hand-made runs.

mod coverage;
mod results;

use super::results::{Results, ScenarioResults};
use super::seeds::Seeds;
use super::summary::RunOutput;
use super::text::ScenarioText;
use crate::scenario::Expectation;
use crate::scenario::simulation::Run;
use crate::verdict::check;
use crate::verdict::tests::hand_made::{HandMade, users};

/// The run with this seed.
fn with_seed(made: &HandMade, seed: u64) -> Run {
    let mut run = made.run();
    run.plan.seed = seed;
    run
}

/// The results of these runs of the chat; those that are missing have panicked.
pub(crate) fn results(runs: &[(u64, Option<&HandMade>)]) -> Results {
    let scenario = HandMade::chat(vec![]).run().plan.scenario;
    let text = ScenarioText::new("chat.json", "\n\n");
    let seeds = Seeds::listed(runs.iter().map(|(seed, _)| *seed));
    let mut results = ScenarioResults::of(&text, &scenario, seeds);
    for (seed, made) in runs {
        let seen = made.map_or_else(
            || RunOutput::panicked(*seed, 0, format!("index {seed} is out of bounds")),
            |made| {
                let run = with_seed(made, *seed);
                RunOutput::of(&run, &check(&run), 0)
            },
        );
        results.add(seen);
    }
    results.sort_ways();
    Results::of(vec![results])
}

/// A chat whose users are to lose nothing.
pub(crate) fn careful_chat() -> HandMade {
    HandMade::chat(vec![Expectation::LostAcknowledged { workload: users(), at_most: 0 }])
}

/// It loses a message in a crash.
pub(crate) fn forgetful_run(text: &str, from: u64) -> HandMade {
    let mut made = careful_chat();
    made.post(from, 1, text).done(from + 10);
    made.crashes(20_000, "db1@a").starts(20_500, "database", "db2@b", "{failover,db1@a}");
    made.post(20_600, 2, "kept").done(20_610).read(21_000, 3).shows(21_010, &["kept"]);
    made
}

/// Nothing is lost.
pub(crate) fn faithful_run() -> HandMade {
    let mut made = careful_chat();
    made.post(10_000, 4, "early").done(10_010).post(19_000, 1, "hello").done(20_700);
    made.crashes(20_000, "db1@a").notices(20_001, "web@a", "db1@a");
    made.starts(20_500, "database", "db2@b", "{failover,db1@a}");
    made.read(21_000, 3).shows(21_010, &["early", "hello"]);
    made
}
