//! Services that somebody else has written: the crate to begin with, and what is said of mistakes.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use nodedown::explain::explain;
use nodedown::explore::{RunConclusion, Suite, Sweep, TestSeeds, USUAL_CAUSES};
use nodedown::prelude::*;
use nodedown::report::{Styles, explanation_text, story, story_text};
use nodedown::trace::Detail;

#[path = "../src/front/cli/new/template/src/client.rs"]
mod client;
#[path = "../src/front/cli/new/template/src/service.rs"]
mod service;

/// The scenario of the crate to begin with.
const SCENARIO: &str = include_str!("../src/front/cli/new/template/scenarios/store.json");

/// The programs of the crate to begin with.
fn programs() -> Programs {
    Programs::builtin().with_service(service::Store).with_client(client::StoreUser)
}

fn store(text: &str, programs: &Programs) -> Scenario {
    let read = Scenario::parse(text, "store.json", &programs.catalogue());
    read.unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_scenario_to_begin_with_passes_and_can_fail() {
    let programs = programs();
    store(SCENARIO, &programs).run_seeds(1..=20, &programs).assert_pass();
    let forgetful = SCENARIO.replace("\"fsync\": true", "\"fsync\": false");
    assert_ne!(forgetful, SCENARIO);
    store(&forgetful, &programs).run_seeds(1..=5, &programs).assert_violated();
}

/// Runs Cargo in the folder of a crate, with this crate's own target folder, so that little has to
/// be built.
fn cargo(folder: &Path, arguments: &[&str]) -> String {
    let target = cargo_bin!("nodedown").parent().and_then(Path::parent).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target)
        // Its few runs are over sooner than what is gained by optimising the library.
        .env("CARGO_PROFILE_DEV_OPT_LEVEL", "0")
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env_remove("NODEDOWN_SEED")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "cargo {arguments:?}: {text}");
    text
}

#[test]
#[ignore = "builds a crate, which may take minutes; .ci/run does it"]
fn the_crate_to_begin_with_builds_and_passes() {
    let place = tempfile::tempdir().unwrap();
    let made = Command::new(cargo_bin!("nodedown"))
        .args(["new", "bank", "--nodedown", env!("CARGO_MANIFEST_DIR")])
        .current_dir(place.path())
        .status();
    assert!(made.unwrap().success());
    let bank = place.path().join("bank");
    // The versions that nodedown itself is tested with.
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock");
    std::fs::copy(lock, bank.join("Cargo.lock")).unwrap();
    let tested = cargo(&bank, &["test"]);
    assert!(tested.contains("test result: ok. 2 passed"), "{tested}");
    let ran = cargo(&bank, &["run", "--", "run", "scenarios/store.json"]);
    assert!(ran.contains("verdict: pass"), "{ran}");
}

#[test]
fn a_crate_is_not_written_over_or_under_a_name_that_cargo_refuses() {
    let place = tempfile::tempdir().unwrap();
    let new = |name: &str| {
        let mut command = Command::new(cargo_bin!("nodedown"));
        let output = command.args(["new", name]).current_dir(place.path()).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(new("bank").0, Some(0));
    let (code, said) = new("bank");
    assert_eq!((code, said.contains("bank exists already")), (Some(64), true), "{said}");
    let (code, said) = new("my bank");
    assert_eq!((code, said.contains("nodedown new my-bank")), (Some(64), true), "{said}");
    assert!(!place.path().join("my bank").exists());
}

thread_local! {
    /// What a service must not have: something that outlives a run.
    static RUNS: RefCell<u64> = const { RefCell::new(0) };
}

/// A client that asks for a name that is nearly the store's, and one that counts the runs of its
/// thread.
struct Careless {
    counts: bool,
}

impl Client for Careless {
    fn info(&self) -> ProgramInfo {
        let about = "Makes mistakes.";
        ProgramInfo { name: "careless", about, config: vec![], operations: vec!["get"] }
    }

    fn start(&self, setup: ClientSetup) -> Box<dyn FnOnce(Context) -> BoxedProcess> {
        let counts = self.counts;
        Box::new(move |ctx| Box::pin(ask_carelessly(ctx, setup, counts)))
    }
}

async fn ask_carelessly(ctx: Context, setup: ClientSetup, counts: bool) -> ExitResult {
    if counts {
        let runs = RUNS.with_borrow_mut(|runs| {
            *runs += 1;
            *runs
        });
        ctx.sleep(Duration::from_millis(runs)).await;
    }
    loop {
        if let Task::Operation { name, .. } = setup.next_task(&ctx).await {
            let what = setup.invocation(name, Action::Read, "key", Term::atom("undefined"));
            let server = (atom!("stroe"), atom!("store@rack"));
            let ask = async {
                Outcome::of_call(gen_server::call::<Term>(&ctx, server, atom!("get")).await)
            };
            setup.history.perform(&ctx, what, ask).await;
        }
    }
}

/// The scenario with a careless client in the place of its users.
fn carelessly() -> String {
    let [with_puts, with_keys] = ["\"put\": 0.5, ", "\"config\": { \"keys\": 20 },"];
    assert!(SCENARIO.contains(with_puts) && SCENARIO.contains(with_keys));
    let text = SCENARIO.replace("store_user", "careless");
    text.replace(with_puts, "").replace(with_keys, "")
}

#[test]
fn a_name_that_nobody_has_is_told_with_the_one_that_was_meant() {
    let programs = programs().with_client(Careless { counts: false });
    let scenario = store(&carelessly(), &programs);
    let run = Simulation::new(scenario.plan(1), &programs).run();
    let [name] = &run.unregistered_names[..] else { panic!("{:?}", run.unregistered_names) };
    assert_eq!(name.near, Some((Term::atom("store"), Atom::new("store@rack"))));
    assert!(name.times > 100, "{name}");
    let told = story_text(&story(&run), &Styles::plain());
    let line = told.lines().find(|line| line.contains("nobody was ever registered as stroe"));
    assert!(line.is_some_and(|line| line.contains("did you mean store")), "{told}");
    assert!(run.history.operations().iter().any(|each| each.completion.is_some()));
}

/// A client that does not come to begin.
struct PanicsAtStart;

impl Client for PanicsAtStart {
    fn info(&self) -> ProgramInfo {
        Careless { counts: false }.info()
    }

    fn start(&self, _setup: ClientSetup) -> Box<dyn FnOnce(Context) -> BoxedProcess> {
        panic!("no keys to begin with")
    }
}

#[test]
fn a_client_that_panics_as_it_starts_leaves_the_run_without_a_conclusion() {
    let programs = programs().with_client(PanicsAtStart);
    let scenario = store(&carelessly(), &programs);
    let run = Simulation::new(scenario.plan(1), &programs).detail(Detail::Full).run();
    let verdict = check(&run);
    assert_eq!(verdict.conclusion, Conclusion::Inconclusive, "{verdict:?}");
    let told = explanation_text(&explain(&run, &verdict), &Styles::plain());
    assert!(told.contains(" panicked at tests/own_services.rs:"), "{told}");
    assert!(told.contains(": no keys to begin with (at "), "{told}");
}

#[test]
fn a_test_notices_that_a_seed_does_not_give_the_same_run_twice() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("careless.json");
    std::fs::write(&file, carelessly()).unwrap();
    for (counts, expected) in [(false, 0), (true, 1)] {
        let programs = programs().with_client(Careless { counts });
        let suite = Suite::collect([&file], &TestSeeds::Count(2), &programs.catalogue());
        let results = Sweep::new(&programs).suite(suite).unwrap().run(|_| {});
        let scenario = &results.scenarios[0];
        assert_eq!(scenario.runs.len(), 2);
        let text = "the same seed gives the same run";
        let ways = scenario.ways.iter().filter(|way| way.what.text == text);
        let ways: Vec<_> = ways.collect();
        assert_eq!(ways.len(), expected);
        for way in ways {
            assert_eq!((way.result, way.runs), (RunConclusion::Violated, 1));
            let causes: BTreeSet<String> = way.example().witness.iter().cloned().collect();
            assert_eq!(causes.len(), USUAL_CAUSES.len());
        }
    }
}

#[test]
fn a_run_is_compared_with_a_second_one_on_request() {
    let mut command = Command::new(cargo_bin!("nodedown"));
    let scenario = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/one-way-cut.json");
    let output = command.args(["run", "--twice", "--quiet", scenario]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.ends_with("run twice: the same run\n"), "{said}");
}
