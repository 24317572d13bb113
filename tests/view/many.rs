//! Pages of what failed among many runs, of their results, and of two runs.

#[path = "../chat/mod.rs"]
mod chat;

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use nodedown::prelude::*;
use nodedown::trace::{Detail, RecordId};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::browser::Browser;
use chat::short_chat;

/// A folder with a short chat, whose users are to be answered within a certain time.
fn folder(within: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let expect = format!(
        r#""seed": 5, "expect": [{{ "single_instance": "database" }}, {{ "transparent": "users", "within": "{within}" }}],"#
    );
    fs::write(folder.path().join("mine.json"), short_chat(&expect)).unwrap();
    folder
}

/// Runs a command in a folder; what it prints.
fn run(folder: &Path, arguments: &str, code: i32) -> String {
    let mut command = Command::cargo_bin("nodedown").unwrap();
    command.current_dir(folder).env("GITHUB_STEP_SUMMARY", folder.join("summary.md"));
    let done = command.args(arguments.split_whitespace()).assert().code(code);
    String::from_utf8(done.get_output().stdout.clone()).unwrap()
}

#[test]
fn what_failed_among_many_runs_has_pages_and_a_chart_in_the_summary() {
    let folder = folder("1ms");
    let place = folder.path();
    let out = run(place, "test mine.json --seeds 5..6 --view pages", 1);
    let look: Vec<&str> =
        out.lines().filter_map(|line| line.strip_prefix("look: pages/")).collect();
    assert_eq!(look.len(), 1, "{out}");
    assert!(look[0].starts_with("mine-5.html  file:///"), "{out}");
    assert!(out.contains("look: nodedown view mine.json --seed 5"), "{out}");
    let page = fs::read_to_string(place.join("pages/mine-5.html")).unwrap();
    assert!(page.starts_with("<!doctype html>"));
    let summary = fs::read_to_string(place.join("summary.md")).unwrap();
    for told in ["<details>", "```mermaid\nsequenceDiagram", "```mermaid\ngantt", "</details>"] {
        assert!(summary.contains(told), "{told} in {summary}");
    }
    // The page is that of the command which is printed.
    run(place, "view mine.json --seed 5 --out same.html", 0);
    assert_eq!(fs::read_to_string(place.join("same.html")).unwrap(), page);
    let out = run(place, "run mine.json --quiet --view seen", 1);
    assert!(out.contains("look: nodedown view mine.json --seed 5 --focus "), "{out}");
    assert_eq!(fs::read_to_string(place.join("seen/mine-5.html")).unwrap(), page);
    let nothing = run(place, "view mine.json --focus op/99999", 64);
    assert_eq!(nothing, "");
}

#[test]
fn the_results_of_many_runs_are_charts() {
    let Some(browser) = Browser::start() else { return };
    let folder = folder("550ms");
    let place = folder.path();
    run(place, "sweep mine.json --seeds 1..12 --out sweep.json", 1);
    run(place, "view sweep.json --out sweep.html", 0);
    let proof = run(place, "prove mine.json --json --from 5.9s --before 6.1s", 1);
    fs::write(place.join("proof.json"), &proof).unwrap();
    run(place, "view proof.json --out proof.html", 0);
    let proof: Value = serde_json::from_str(&proof).unwrap();
    let seen = |page: &str, script: &str| {
        browser.open_quietly(&place.join(page));
        browser.run(script)
    };
    let marks = seen(
        "sweep.html",
        "const of = (name) => document.querySelectorAll(name).length; \
         return { charts: of('svg'), points: of('svg title'), headings: [...document.querySelectorAll('h2')].map((h) => h.textContent), \
         limits: of('.limit'), wide: document.documentElement.scrollWidth <= innerWidth }",
    );
    assert!(
        marks["charts"].as_u64().unwrap() >= 6 && marks["points"].as_u64().unwrap() > 60,
        "{marks}"
    );
    let headings = [
        "How the runs ended",
        "How long it took",
        "When faults struck, and how long until users were served again",
        "What was put to the test",
    ];
    assert_eq!(marks["headings"], json!(headings));
    // The points of the faults stand where the results say: at their offset, and at their recovery.
    let results: Value =
        serde_json::from_str(&fs::read_to_string(place.join("sweep.json")).unwrap()).unwrap();
    let runs = results["scenarios"][0]["runs"].as_array().unwrap();
    let strikes: Vec<&Value> =
        runs.iter().flat_map(|run| run["strikes"].as_array().unwrap()).collect();
    assert!(strikes.len() >= runs.len(), "{} strikes", strikes.len());
    let gap = 2_000_000_000;
    assert!(strikes.iter().all(|strike| strike["offset_ns"].as_i64().unwrap().abs() < gap));
    let shown = seen(
        "sweep.html",
        "return [...document.querySelectorAll('svg title')].map((each) => each.textContent).filter((text) => text.includes('nearest operation'))",
    );
    let shown: Vec<&str> = shown.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(shown.len(), strikes.len());
    assert!(shown.iter().any(|text| text.contains("; served again after ")), "{shown:?}");
    assert_eq!((&marks["limits"], &marks["wide"]), (&1.into(), &true.into()), "{marks}");
    let tried = proof["tried"].as_array().unwrap().len();
    let points = seen("proof.html", "return document.querySelectorAll('svg title').length");
    assert_eq!(points, tried);
    assert!(tried > 3, "{tried} trials");
    assert_eq!(browser.log(), Vec::<String>::new());
    let other = proof.to_string().replacen("\"proof\":1", "\"proof\":7", 1);
    fs::write(place.join("other.json"), other).unwrap();
    let mut command = Command::cargo_bin("nodedown").unwrap();
    let refused = command.current_dir(place).args(["view", "other.json"]).assert().code(64);
    let error = String::from_utf8(refused.get_output().stderr.clone()).unwrap();
    assert!(error.contains("this is version 7"), "{error}");
}

#[test]
fn two_runs_stand_one_below_the_other() {
    let Some(browser) = Browser::start() else { return };
    let folder = folder("2s");
    let place = folder.path();
    run(place, "view mine.json --out twin.html", 0);
    let page = place.join("twin.html");
    browser.open(&page, "");
    let seen = browser.run(
        "const { app } = nodedown; return { split: app.state.split, name: app.model.head.beside, \
         faults: [app.model.head.faults.length, app.below.model.head.faults.length], \
         parting: app.model.kindName(app.model.index(app.model.head.parting)), \
         paired: app.model.head.operations.twin.filter((took) => took >= 0).length, all: app.model.standing.length }",
    );
    assert_eq!(
        seen,
        json!({ "split": false, "name": "without faults", "faults": [1, 0],
            "parting": "fault_injected", "paired": seen["all"], "all": seen["all"] })
    );
    browser.key("v");
    let both = browser.run(
        "const { app } = nodedown, rows = app.lanes.rows.map((row) => row.key); \
         return [app.below.scene.shapes.length > 20, app.high > app.lanes.high, \
         JSON.stringify(rows) === JSON.stringify(app.below.lanes.rows.map((row) => row.key)), \
         nodedown.shapes().includes('the two runs part')]",
    );
    assert_eq!(both, json!([true, true, true, true]));
    let link = browser.run("nodedown.app.selectBelow(400); return nodedown.link()");
    let link = link.as_str().unwrap().to_owned();
    assert!(link.contains("v=1") && link.contains("b=401"), "{link}");
    browser.open(&page, &link);
    browser.settle();
    let look = "return [nodedown.link(), document.getElementById('body').innerText]";
    let seen = browser.run(look);
    assert_eq!(seen[0], link);
    assert!(
        seen[1].as_str().unwrap().contains("In the run without faults".to_uppercase().as_str()),
        "{seen}"
    );
    // Let go, the run below stands still until it is moved itself.
    browser.key("l");
    let still = browser.run(
        "const { app } = nodedown, before = app.below.scale.u0; app.scale.show(1e9, 2e9); app.paint(); const stays = app.below.scale.u0 === before; \
         app.scaleAt(app.lanes.high + 40).show(3e9, 4e9); app.paint(); const moved = app.below.scale.u0 === 3e9 && app.scale.t0 === 1e9; \
         app.lock(); app.paint(); return [stays, moved, app.below.scale.u0 === app.scale.t0]",
    );
    assert_eq!(still, json!([true, true, true]));
    // Two files: both are shown at once.
    run(place, "run mine.json --seed 9 --quiet --record other.json", 0);
    run(place, "view mine.json other.json --out two.html", 0);
    let newer = fs::read_to_string(place.join("other.json")).unwrap();
    fs::write(place.join("newer.json"), newer.replacen("\"record\": 1", "\"record\": 9", 1))
        .unwrap();
    let mut command = Command::cargo_bin("nodedown").unwrap();
    let refused = command.current_dir(place).args(["view", "newer.json"]).assert().code(64);
    let error = String::from_utf8(refused.get_output().stderr.clone()).unwrap();
    assert!(error.contains("this one is of format 9"), "{error}");
    browser.open(&place.join("two.html"), "");
    let two = browser.run("const { app } = nodedown; return [app.state.split, app.model.head.beside, app.model.head.seed, app.below.model.head.seed]");
    assert_eq!(two, json!([true, "other", 5, 9]));
    let told = browser.run("return document.getElementById('differences').textContent");
    let told = told.as_str().unwrap();
    assert!(told.contains("--- mine.json") && told.contains("What was to happen"), "{told}");
    assert_eq!(browser.log(), Vec::<String>::new());
}

#[test]
fn a_run_is_forked_and_its_end_is_guessed() {
    let Some(browser) = Browser::start() else { return };
    let folder = folder("2s");
    let place = folder.path();
    run(place, "view mine.json --curtain 6s --no-twin --out curtain.html", 0);
    browser.open(&place.join("curtain.html"), "");
    let hidden = browser.run("return [document.getElementById('verdict').hidden, document.getElementById('body').innerText]");
    assert_eq!(hidden[0], true);
    assert!(hidden[1].as_str().unwrap().contains("What happens after 6.000 s?"), "{hidden}");
    let told = browser.run(
        "const { app } = nodedown; app.guess = { node: 3, at: 6.4e9 }; app.reveal(); app.paint(); \
         return document.getElementById('guess').textContent",
    );
    let told = told.as_str().unwrap();
    assert!(
        told.starts_with("You said on db2@b from 6.400 s on; database starts on db2@b at 6.5"),
        "{told}"
    );
    // The plan of the page is that of the run; one more fault makes another run of it.
    let (plan, digest) = {
        let read = browser
            .run("return [nodedown.app.model.head.scenario, nodedown.app.model.head.digest]");
        (read[0].as_str().unwrap().to_owned(), read[1].clone())
    };
    fs::write(place.join("plan.json"), plan).unwrap();
    let same: Value = serde_json::from_str(&run(place, "run plan.json --json", 0)).unwrap();
    assert_eq!(same["digest"], digest);
    let forked = browser.later(
        "const { app } = nodedown; app.save = (name, text) => done([name, text]); app.state.cursor = 7e9; \
         app.forking = { what: 'cut off', node: 'web@a' }; app.openTab('fork'); app.paint(); \
         [...document.querySelectorAll('#body button')].find((each) => each.textContent.startsWith('Save')).click()",
    );
    assert_eq!(forked[0], "forked.json");
    fs::write(place.join("forked.json"), forked[1].as_str().unwrap()).unwrap();
    let story = run(place, "run forked.json", 1);
    assert!(story.contains("network cut: web@a | "), "{story}");
    // A chosen record is the last one before the fault.
    let chosen = browser.run(
        "const { app } = nodedown, m = app.model, crash = m.head.faults[0].from; \
         const i = m.at.findIndex((at, i) => at > crash && m.kindName(i) === 'delivered' && m.step[i] < m.step[i + 1]); \
         app.state.selected = i; app.state.cursor = m.at[i]; app.forking.what = 'crash'; app.panels.shown = ''; app.draw(); app.paint(); \
         return [m.id[i], m.step[i], JSON.parse(document.getElementById('fault').textContent)]",
    );
    assert_eq!(chosen[2], json!({ "at_step": chosen[1], "crash": "web@a" }));
    fork(place, &chosen[2], chosen[0].as_u64().unwrap() as usize);
    assert_eq!(browser.log(), Vec::<String>::new());
}

/// Runs the plan of a folder with one more fault, which is to strike right after a record.
fn fork(place: &Path, fault: &Value, record: usize) {
    let mut plan: Value =
        serde_json::from_str(&fs::read_to_string(place.join("plan.json")).unwrap()).unwrap();
    plan["faults"].as_array_mut().unwrap().push(fault.clone());
    fs::write(place.join("forked.json"), plan.to_string()).unwrap();
    let traces = ["plan", "forked"].map(|name| {
        let file = place.join(format!("{name}.jsonl"));
        let command = format!("run {name}.json --quiet --trace {name}.jsonl");
        let mut run = Command::cargo_bin("nodedown").unwrap();
        let _ = run.current_dir(place).args(command.split_whitespace()).output().unwrap();
        let text = fs::read_to_string(file).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
    });
    let [usual, forked] = &traces;
    assert_eq!(usual[..record], forked[..record]);
    let struck = &forked[record];
    assert_eq!(
        (&struck["what"], &struck["at"]),
        (&json!("fault_injected"), &usual[record - 1]["at"])
    );
}

#[test]
fn a_fault_at_the_step_of_a_record_strikes_right_after_it() {
    let folder = folder("2s");
    let programs = Programs::builtin();
    let file = folder.path().join("mine.json");
    let scenario = Scenario::from_file(&file, &programs.catalogue()).unwrap();
    let simulation = Simulation::new(scenario.plan(5), &programs).detail(Detail::Full);
    let run = simulation.with_record_steps().run();
    let plan = run.plan.to_scenario().to_json(&programs.catalogue()).unwrap();
    fs::write(folder.path().join("plan.json"), plan).unwrap();
    let count = run.trace.records().len() as u32;
    for part in [8, 3, 2] {
        let step = run.record_steps.of(RecordId(count / part)).unwrap();
        // The last record of the step.
        let last =
            (count / part..count).find(|id| run.record_steps.of(RecordId(id + 1)) > Some(step));
        fork(folder.path(), &json!({ "at_step": step, "crash": "db2@b" }), last.unwrap() as usize);
    }
}
