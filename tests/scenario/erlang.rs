//! The shipped scenarios of compiled Erlang, built into a folder of their own. Without `erlc` on the
//! path nothing is tested here, and the tests say so.

use std::path::Path;
use std::process::Command;

use nodedown::explain::explain;
use nodedown::scenario::Scenario;
use nodedown::services::Programs;
use nodedown::simulation::{Run, Simulation};
use nodedown::term::Term;
use nodedown::trace::{Detail, Fact, LogFact, ProcessFact};
use nodedown::verdict::{Conclusion, check};

/// A folder with the scenarios and their compiled applications; nothing without Erlang.
fn built() -> Option<tempfile::TempDir> {
    if Command::new("erlc").arg("-v").output().is_err() {
        eprintln!("skipped: there is no erlc on the path");
        return None;
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/erlang");
    let place = tempfile::tempdir().unwrap();
    let built = Command::new("sh").arg(source.join("build")).arg(place.path()).status().unwrap();
    assert!(built.success());
    for entry in std::fs::read_dir(&source).unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_some_and(|extension| extension == "json") {
            std::fs::copy(&file, place.path().join(file.file_name().unwrap())).unwrap();
        }
    }
    std::fs::copy(source.join("chat/sys.config"), place.path().join("chat/sys.config")).unwrap();
    Some(place)
}

fn run(folder: &Path, file: &str) -> Run {
    let programs = Programs::builtin();
    let scenario = Scenario::from_file(folder.join(file), &programs.catalogue());
    let scenario = scenario.unwrap_or_else(|error| panic!("{error}"));
    Simulation::new(scenario.plan(scenario.seed), &programs).run()
}

/// Ends in a conclusion, in the same way twice, with so many operations that were answered. Returns
/// the run.
fn ends(file: &str, conclusion: Conclusion, operations: usize) -> Option<Run> {
    let place = built()?;
    let first = run(place.path(), file);
    let verdict = check(&first);
    assert_eq!(verdict.conclusion, conclusion, "{:?}", verdict.findings);
    let answered = first.history.operations().iter().filter(|each| each.is_ok()).count();
    assert!(answered >= operations, "{answered}");
    assert_eq!(first.trace.digest(), run(place.path(), file).trace.digest());
    Some(first)
}

fn passes(file: &str, operations: usize) {
    ends(file, Conclusion::Pass, operations);
}

/// Is violated; the last operation says that.
fn ends_with(file: &str, said: &str) {
    let Some(run) = ends(file, Conclusion::Violated, 0) else { return };
    let last = run.history.operations().last().unwrap();
    let found = format!("{last:?}");
    assert!(found.contains(said), "{found}");
}

#[test]
fn the_bank_survives_the_loss_of_its_node() {
    passes("bank.json", 2_000);
}

#[test]
fn the_chat_in_erlang_survives_the_loss_of_its_database_node() {
    passes("chat-failover.json", 1_000);
}

/// Compiled applications are in no list of placements: the fault of a node that starts them matters.
#[test]
fn what_is_late_in_the_chat_in_erlang_is_due_to_the_crash_or_its_end() {
    let Some(place) = built() else { return };
    let programs = Programs::builtin();
    let file = place.path().join("chat-failover.json");
    let scenario = Scenario::from_file(file, &programs.catalogue()).unwrap();
    let simulation = Simulation::new(scenario.plan(scenario.seed), &programs);
    let run = simulation.detail(Detail::Full).with_twin().run();
    let explanation = explain(&run, &check(&run));
    assert_eq!(explanation.without_fault, None);
    let late: Vec<usize> = explanation.faults.iter().map(|each| each.late.len()).collect();
    assert_eq!(late.len(), 2, "the crash, and its end");
    assert!(late.iter().all(|count| *count > 0), "{late:?}");
}

/// The bank is made for the loss of a node. Where the network is cut, both sides answer, and users on
/// both see it; whether all is well again afterwards is known as well, though hundreds of writes may have
/// been done or not by then.
#[test]
fn a_bank_that_is_cut_with_users_on_both_sides_is_judged() {
    let Some(place) = built() else { return };
    let text = std::fs::read_to_string(place.path().join("bank.json")).unwrap();
    let changes = [
        (r#""duration": "60s""#, r#""duration": "45s", "network": { "net_ticktime": "4s" }"#),
        (r#""z": {}"#, r#""z": {}, "w": {}"#),
        (r#""u@z": { "host": "z" },"#, r#""u@z": { "host": "z" }, "v@w": { "host": "w" },"#),
        (r#""b@y", "u@z"]"#, r#""b@y", "u@z", "v@w"]"#),
        (r#""on": "u@z""#, r#""on": ["u@z", "v@w"]"#),
        (r#""until": "50s""#, r#""until": "42s""#),
        (
            r#""crash": "a@x", "restart_after": "10s""#,
            r#""partition": [["a@x", "u@z"], ["b@y", "v@w"]], "heal_after": "12s""#,
        ),
        (r#"{ "transparent": "users", "within": "3s" },"#, ""),
    ];
    let text = changes.iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    });
    std::fs::write(place.path().join("cut.json"), text).unwrap();
    let run = run(place.path(), "cut.json");
    let verdict = check(&run);
    assert_eq!(verdict.conclusion, Conclusion::Violated, "{:?}", verdict.findings);
    let tolerance = &verdict.figures.workloads[0].tolerance;
    assert_eq!(tolerance.explainable, Conclusion::Violated);
    assert!(
        matches!(tolerance.afterwards, Some(Conclusion::Pass | Conclusion::Violated)),
        "{tolerance:?}"
    );
}

#[test]
fn synchronous_replication_in_erlang_loses_nothing() {
    passes("sync-replication.json", 1_000);
}

#[test]
fn asynchronous_replication_in_erlang_loses_acknowledged_posts() {
    ends("async-replication.json", Conclusion::Violated, 1_000);
}

#[test]
fn the_database_in_erlang_runs_on_both_sides_of_a_partition() {
    ends("partition.json", Conclusion::Violated, 400);
}

#[test]
fn the_database_in_erlang_is_taken_over_by_its_first_node() {
    passes("takeover.json", 400);
}

#[test]
fn one_broken_connection_gives_a_name_of_otps_global_two_holders() {
    ends_with("global-name-held-twice.json", "held_twice");
}

#[test]
fn three_faults_leave_a_node_that_can_register_no_global_name() {
    ends_with("global-registration-blocks.json", "blocked");
}

#[test]
fn a_hunt_finds_a_name_held_twice() {
    let Some(place) = built() else { return };
    let programs = Programs::builtin();
    let scenario =
        Scenario::from_file(place.path().join("global-names.json"), &programs.catalogue()).unwrap();
    let finds = |seed| {
        let run = Simulation::new(scenario.plan(seed), &programs).run();
        let mut answers = run.history.operations().iter().map(|each| format!("{each:?}"));
        answers.any(|answer| answer.contains("held_twice"))
    };
    assert!((1..=12).any(finds));
}

#[test]
fn mistakes_in_a_file_of_compiled_code_are_shown_where_they_are() {
    let Some(place) = built() else { return };
    let text = std::fs::read_to_string(place.path().join("bank.json")).unwrap();
    let said = |from: &str, to: &str| {
        let file = place.path().join("wrong.json").display().to_string();
        let wrong = text.replace(from, to);
        let error = Scenario::parse(&wrong, &file, &Programs::builtin().catalogue()).unwrap_err();
        error.to_string()
    };
    let check = |from: &str, to: &str, expected: &[&str]| {
        let said = said(from, to);
        for expected in expected {
            assert!(said.contains(expected), "{expected}\n{said}");
        }
    };
    check(
        r#""start": ["bank"]"#,
        r#""start": ["bnak"]"#,
        &["there is no application `bnak`", "did you mean `bank`?"],
    );
    check(
        "bank/ebin",
        "bnak/ebin",
        &["no folder", "its modules are not built", "run `sh scenarios/erlang/build`"],
    );
    check(
        r#""code": ["bank/ebin"]"#,
        r#""code": ["bank/ebin"], "otp": "bank""#,
        &["is no folder of Erlang/OTP"],
    );
    check(
        r#""erlang": { "code": ["bank/ebin"], "build": "sh scenarios/erlang/build" },"#,
        "",
        &["`a@x` needs the section `erlang`"],
    );
    check(
        r#""code": ["bank/ebin"]"#,
        r#""code": ["bank/ebin"], "config": "none.config""#,
        &["cannot read the configuration file"],
    );
    check("bank:put(Key", "bank:putt(Key", &["bank exports no putt/2", "did you mean `put/2`?"]);
    check("bank:get(Key)", "bank:get(Key, 1)", &["bank exports no get/2", "it exports `get/1`"]);
    check("bank:get(Key)", "bnk:get(Key)", &["there is no module bnk", "did you mean `bank`?"]);
    check(
        r#""code": ["bank/ebin"]"#,
        r#""code": ["bank/ebin"], "slice": "sed""#,
        &["unknown slice `sed`", "did you mean `seed`?"],
    );
    check(
        r#""code": ["bank/ebin"]"#,
        r#""code": ["bank/ebin"], "args": ["-setcookie x"]"#,
        &["`-setcookie x` is one word: write each word by itself: \"-setcookie\", \"x\""],
    );
    // The wrong folder is one mistake: what comes of it is not told.
    let said = said("bank/ebin", "chat/http/ebin");
    assert_eq!(said.matches("error: ").count(), 1, "{said}");
    assert!(said.contains("the applications in the folders of `code` are `http`"), "{said}");
}

/// A server that crashes is one line of the story; OTP's own reports are in the trace.
#[test]
fn a_crash_is_one_line_of_the_story() {
    let Some(place) = built() else { return };
    let scenario = r#"{
        "name": "crash", "duration": "10s", "hosts": { "x": {} },
        "erlang": { "code": ["bank/ebin"] },
        "nodes": { "a@x": { "host": "x", "start": ["bank"] } },
        "workload": { "users": { "client": "calls", "on": "a@x", "count": 1, "timeout": "1s",
            "requests": [{ "at": "2s", "do": "wrong" }],
            "operations": { "wrong": { "call": "gen_server:cast(bank, {join, nobody})", "ok": "_" } } } },
        "expect": [{ "availability": "users", "at_least": "1%" }]
    }"#;
    std::fs::write(place.path().join("crash.json"), scenario).unwrap();
    let run = run(place.path(), "crash.json");
    let story = nodedown::report::story(&run);
    let told: Vec<&str> = story.iter().map(|line| line.what.as_str()).collect();
    let crash = "bank of bank_sup crashed: error badarg in bank_server:handle_cast/2 (";
    let crashes = told.iter().filter(|line| line.contains("badarg")).collect::<Vec<_>>();
    assert_eq!(crashes.len(), 1, "{told:#?}");
    assert!(crashes[0].starts_with(crash), "{told:#?}");
    assert!(crashes[0].ends_with("at the message {'$gen_cast',{join,nobody}}"), "{told:#?}");
    let logged = run.trace.records().iter().filter_map(|record| match &record.fact {
        Fact::Log(LogFact { text, .. }) => Some(text.as_str()),
        _ => None,
    });
    let logged: Vec<&str> = logged.collect();
    for report in
        ["** Generic server bank terminating", "crasher: ", "supervisor: {local,bank_sup}"]
    {
        assert!(logged.iter().any(|text| text.starts_with(report)), "{report}: {logged:#?}");
    }
}

/// The trace shows the state of a compiled server each time that it waits, as `sys:get_state` would answer; a
/// run is the same with and without it.
#[test]
fn the_states_of_compiled_servers_are_shown() {
    let Some(place) = built() else { return };
    let programs = Programs::builtin();
    let scenario = Scenario::from_file(place.path().join("bank.json"), &programs.catalogue());
    let scenario = scenario.unwrap_or_else(|error| panic!("{error}"));
    let plan = || scenario.plan(scenario.seed);
    let run = Simulation::new(plan(), &programs).detail(Detail::States).run();
    let shown = run.trace.records().iter().filter_map(|record| match &record.fact {
        Fact::Process(ProcessFact::State { label, state, .. }) => Some((label.as_str(), state)),
        _ => None,
    });
    let shown: Vec<(&str, &Term)> = shown.collect();
    let servers: Vec<&Term> = (shown.iter())
        .filter(|(label, state)| label.starts_with("bank") && state.as_map().is_some())
        .map(|(_, state)| *state)
        .collect();
    assert!(servers.len() > 20, "{} states of {} servers", servers.len(), shown.len());
    for state in &servers {
        let map = state.as_map().unwrap();
        assert!(map.field("accounts").is_some() && map.field("leader").is_some(), "{state}");
    }
    // Each call that changed it is in the state after it.
    let [first, last] =
        [servers[0], servers[servers.len() - 1]].map(|state| state.to_string().len());
    assert!(last > first, "{} … {}", servers[0], servers[servers.len() - 1]);
    // A supervisor is a `gen_server`, too.
    assert!(shown.iter().any(|(_, state)| state.to_string().starts_with("{state,")), "{shown:?}");
    assert_eq!(Simulation::new(plan(), &programs).run().trace.digest(), run.trace.digest());
}
