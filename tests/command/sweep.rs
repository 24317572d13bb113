//! Sweeps: many seeds, the same results whatever the number of threads, and what is told of them.

use std::num::NonZero;

use nodedown::explore::coverage::CoverageState;
use nodedown::explore::{
    Batch, OnFailure, Results, RunConclusion, ScenarioText, Seeds, Shard, StopReason, Sweep,
};
use nodedown::prelude::*;
use nodedown::report::{JsonLayout, write_csv, write_results};

use crate::chat::short_chat;

/// A short chat, and what is expected of it.
fn chat(expect: &str) -> ScenarioText {
    ScenarioText::new("short.json", &short_chat(&format!("\"expect\": [{expect}]")))
}

/// Some runs meet this, others do not: it depends on what is under way when the fault strikes.
const SOMETIMES: &str = r#"{ "transparent": "users", "within": "550ms" }"#;

const ALWAYS: &str = r#"{ "single_instance": "database", "overlap_at_most": "1s" }"#;

fn jobs(number: usize) -> Batch<'static> {
    Batch::new().jobs(NonZero::new(number).unwrap())
}

fn swept(sweep: impl FnOnce(Sweep<'_>) -> Sweep<'_>, expect: &str, seeds: Seeds) -> Results {
    let programs = Programs::builtin();
    sweep(Sweep::new(&programs).scenario(chat(expect), seeds).unwrap()).run(|_| {})
}

fn json(results: &Results) -> String {
    let mut out = Vec::new();
    write_results(results, JsonLayout::Pretty, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn seeds(results: &Results) -> Vec<u64> {
    results.scenarios[0].runs.iter().map(|run| run.seed).collect()
}

#[test]
fn results_are_the_same_to_the_byte_whatever_the_number_of_threads() {
    let run = |number| swept(|sweep| sweep.batch(jobs(number)), SOMETIMES, Seeds::from(1..=24));
    let one = run(1);
    let totals = one.totals();
    assert!(totals.pass > 0 && totals.violated > 0, "{totals:?}");
    assert_eq!(seeds(&one), (1..=24).collect::<Vec<u64>>());
    for number in [2, 5] {
        let other = run(number);
        assert_eq!(json(&one), json(&other), "{number} threads");
    }
}

#[test]
fn a_sweep_sees_the_run_that_a_single_run_shows() {
    let programs = Programs::builtin();
    let results = swept(|sweep| sweep, ALWAYS, "3,9".parse().unwrap());
    for run in &results.scenarios[0].runs {
        let scenario = chat(ALWAYS).parse(&programs.catalogue()).unwrap();
        let alone = Simulation::new(scenario.plan(run.seed), &programs).with_twin().run();
        assert_eq!(alone.trace.digest().as_u64(), run.digest);
    }
}

#[test]
fn the_first_failure_is_the_first_of_the_seeds_not_the_first_in_time() {
    let all = swept(|sweep| sweep, SOMETIMES, Seeds::from(1..=24));
    let first = all.scenarios[0].first_failure().unwrap().seed;
    for number in [1, 4] {
        let results = swept(
            |sweep| sweep.batch(jobs(number).on_failure(OnFailure::Stop)),
            SOMETIMES,
            Seeds::from(1..),
        );
        assert_eq!(results.stopped, Some(StopReason::FirstFailure));
        assert_eq!(seeds(&results), (1..=first).collect::<Vec<u64>>());
    }
}

#[test]
fn shards_have_all_seeds_and_none_twice() {
    let mut all: Vec<u64> = (1..=3)
        .flat_map(|index| {
            let shard = Shard::new(index, 3).unwrap();
            let programs = Programs::builtin();
            let sweep = Sweep::new(&programs).shard(shard);
            let sweep = sweep.scenario(chat(ALWAYS), Seeds::from(1..=10)).unwrap();
            let expected = sweep.count().unwrap();
            let own = seeds(&sweep.run(|_| {}));
            assert_eq!(own.len() as u64, expected);
            own
        })
        .collect();
    all.sort_unstable();
    assert_eq!(all, (1..=10).collect::<Vec<u64>>());
}

/// Something in nodedown itself breaks in some of the runs.
fn breaks_sometimes(simulation: Simulation<'_>) -> Simulation<'_> {
    simulation.invariant("nothing", |world| {
        let digest = world.trace().digest().as_u64();
        assert!(world.steps() != 200 || digest % 2 == 0, "after {} steps", world.steps());
        Ok(())
    })
}

#[test]
fn a_run_that_panics_costs_its_own_result_only() {
    let run = |number| {
        let programs = Programs::builtin();
        let sweep = Sweep::new(&programs).prepare(&breaks_sometimes).batch(jobs(number));
        sweep.scenario(chat(ALWAYS), Seeds::from(1..=12)).unwrap().run(|_| {})
    };
    let results = run(2);
    let totals = results.totals();
    assert_eq!(totals.pass + totals.panicked, 12, "{totals:?}");
    assert!(totals.pass > 0 && totals.panicked > 0, "{totals:?}");
    assert_eq!(results.ended(), Some(RunConclusion::Panicked));
    let [way] = results.scenarios[0].ways.as_slice() else { panic!("{results:?}") };
    assert_eq!(way.example().summary, "after 200 steps");
    let replay = results.scenarios[0].replay_command(way.example().seed);
    assert_eq!(replay, format!("nodedown run short.json --seed {}", way.example().seed));
    assert_eq!(json(&results), json(&run(1)));
}

#[test]
fn a_sweep_that_is_told_to_stop_hands_over_what_it_has() {
    let interrupt = nodedown::explore::Interrupt::default();
    let programs = Programs::builtin();
    let sweep = Sweep::new(&programs).batch(jobs(2).interrupt(&interrupt));
    let sweep = sweep.scenario(chat(ALWAYS), Seeds::from(1..)).unwrap();
    assert_eq!(sweep.count(), None);
    let results = sweep.run(|run| {
        if run.seed == 3 {
            interrupt.raise();
        }
    });
    assert_eq!(results.stopped, Some(StopReason::Interrupted));
    let seeds = seeds(&results);
    assert!(seeds.len() >= 3 && seeds.iter().copied().eq(1..=seeds.len() as u64), "{seeds:?}");
}

#[test]
fn the_coverage_tells_what_was_put_to_the_test() {
    let results = swept(|sweep| sweep, ALWAYS, Seeds::from(1..=16));
    let coverage = &results.scenarios[0].coverage;
    let runs = |state| coverage.count(state).runs;
    assert_eq!(
        (runs(CoverageState::StartedFailover), runs(CoverageState::StruckPrimary)),
        (16, 16)
    );
    assert_eq!((runs(CoverageState::StartedTakeover), runs(CoverageState::SplitBrain)), (0, 0));
    assert_eq!(runs(CoverageState::StruckInFlight) + runs(CoverageState::StruckIdle), 16);
    assert!(runs(CoverageState::TriedAgain) > 0);
    let fault = &coverage.faults[0];
    assert_eq!((fault.text.as_str(), fault.strikes.injected.runs), ("db1@a crashes", 16));
    assert_eq!(coverage.nodes.iter().filter(|node| node.lost.runs == 16).count(), 1);
}

#[test]
fn there_is_a_line_of_values_for_each_run() {
    let results = swept(|sweep| sweep, SOMETIMES, Seeds::from(1..=4));
    let mut out = Vec::new();
    write_csv(&results, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(lines.len(), 5);
    assert!(lines.iter().all(|line| line.len() == lines[0].len()), "{text}");
    assert_eq!(lines[1][..3], ["short.json", "1", "Erlang distribution"]);
}
