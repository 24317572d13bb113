//! Pages of runs in a browser: Chromium, which `chromedriver` drives. Where there is none the tests say
//! so and do nothing, except in CI.

mod browser;
mod export;
mod learn;
mod looks;
mod many;
mod pictures;
mod png;
mod reading;

use std::path::Path;

use assert_cmd::Command;
use serde_json::{Value, json};

use browser::Browser;

/// A page of a scenario, opened.
fn open(browser: &Browser, scenario: &str, options: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let file = format!("scenarios/{scenario}.json");
    let mut command = Command::cargo_bin("nodedown").unwrap();
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(["view", &file, "--out"]).arg(&page);
    command.args(options).assert().success();
    browser.open(&page, "");
    folder
}

/// What `nodedown run --json` says of a scenario.
fn run_json(scenario: &str) -> Value {
    let file = format!("scenarios/{scenario}.json");
    let mut command = Command::cargo_bin("nodedown").unwrap();
    let done = command.current_dir(env!("CARGO_MANIFEST_DIR")).args(["run", &file, "--json"]);
    serde_json::from_slice(&done.output().unwrap().stdout).unwrap()
}

#[test]
fn a_page_says_what_the_run_says_and_is_quiet() {
    let Some(browser) = Browser::start() else { return };
    let _folder = open(&browser, "partition", &[]);
    let told = run_json("partition");
    let shown = browser.run(
        "const m = nodedown.app.model; return { digest: m.head.digest, verdict: m.head.verdict, \
         operations: m.head.operations.invoked.length, story: m.head.story.length, \
         checks: m.head.checks.map((each) => each.expectation), \
         troubled: [...m.standing].filter((s) => s === 2 || s === 3).length, \
         overlaps: m.overlaps.map((each) => each.from), lost: m.lost.length, \
         chains: m.chain(m.ended[0]).length, loaded: performance.getEntriesByType('resource').length }",
    );
    assert_eq!(shown["digest"], told["digest"]);
    assert_eq!(shown["verdict"], told["verdict"]);
    assert_eq!(shown["story"], told["story"].as_array().unwrap().len());
    let users = &told["figures"]["workloads"][0];
    assert_eq!(shown["operations"], users["invoked"]);
    let expectations: Vec<&Value> =
        told["findings"].as_array().unwrap().iter().map(|each| &each["expectation"]).collect();
    assert_eq!(shown["checks"], json!(expectations));
    let not_answered = users["failed"].as_u64().unwrap() + users["unknown"].as_u64().unwrap();
    assert_eq!((&shown["troubled"], not_answered), (&json!(not_answered), 10));
    let overlap = &told["figures"]["applications"][0]["overlaps"][0];
    assert_eq!(shown["overlaps"], json!([overlap["from_ns"]]));
    assert!(shown["lost"].as_u64().unwrap() >= 30, "{shown}");
    assert!(shown["chains"].as_u64().unwrap() > 5, "{shown}");
    assert_eq!(shown["loaded"], 0);
    assert_eq!(browser.log(), Vec::<String>::new());
}

#[test]
fn every_key_works_and_a_link_shows_the_same_picture() {
    let Some(browser) = Browser::start() else { return };
    let folder = open(&browser, "chat-failover", &[]);
    let keys = browser.run("return nodedown.keys.map((each) => each.keys[0])");
    let keys: Vec<&str> = keys.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(keys.len() > 30, "{keys:?}");
    let mut links = std::collections::BTreeSet::new();
    for key in ["o", "]"].into_iter().chain(keys.iter().copied()) {
        // What leaves the page or asks a question is another matter.
        if ["y", "Y", "S", "Backspace", "/", "?", "Escape"].contains(&key) {
            continue;
        }
        browser.key(key);
        links.insert(browser.run("return nodedown.link()").to_string());
        assert_eq!(browser.log(), Vec::<String>::new(), "after {key}");
    }
    assert!(links.len() > 15, "keys change the view: {links:?}");
    browser.run("nodedown.app.clear(); nodedown.app.lanes.open.add('web@a'); nodedown.app.lay()");
    browser.run("nodedown.app.search('tag:$gen_call after:20s')");
    for hash in ["", "#t=19.998-20.525&x=order&r=14193&l=web@a,web@a/http&c=led&tab=state"] {
        browser.open(&folder.path().join("page.html"), hash);
        browser.settle();
        let look = "return [nodedown.link(), nodedown.shapes(), document.getElementById('body').innerText]";
        let seen = browser.run(look);
        let link = seen[0].as_str().unwrap().to_owned();
        browser.open(Path::new("/dev/null"), "");
        browser.open(&folder.path().join("page.html"), &link);
        browser.settle();
        assert_eq!(browser.run(look), seen);
        assert!(seen[1].as_str().unwrap().lines().count() > 30);
    }
}

#[test]
fn what_a_stranger_asks_is_found() {
    let Some(browser) = Browser::start() else { return };
    let _folder = open(&browser, "chat-failover", &[]);
    let why = browser.run("return document.getElementById('body').innerText");
    let why = why.as_str().unwrap();
    for told in ["db1@a crashes at 20.000 s", "agreement", "dist_ac has waited 500 ms"] {
        assert!(why.contains(told), "{told} in {why}");
    }
    let found = browser.run(
        "const app = nodedown.app; app.search('kind:application_started node:db2@b database after:20s'); \
         return [app.state.found.length, app.model.words(app.state.found[0])]",
    );
    assert_eq!(found[1], "database runs ({failover,db1@a})");
    let wrong = browser
        .run("nodedown.app.search('knid:x'); return document.getElementById('found').textContent");
    assert!(wrong.as_str().unwrap().starts_with("no knid:"), "{wrong}");
    // The chain of every answer goes back to its question.
    let chains = browser.run(
        "const m = nodedown.app.model; let whole = 0; for (let k = 0; k < m.ended.length; k++) \
         if (m.ended[k] >= 0 && m.chain(m.ended[k]).includes(m.begun[k])) whole++; \
         return [whole, m.ended.length]",
    );
    assert_eq!(chains[0], chains[1]);
}

#[test]
fn a_page_can_be_used_without_a_pointer_and_read_aloud() {
    let Some(browser) = Browser::start() else { return };
    let _folder = open(&browser, "partition", &[]);
    let names = browser.run(
        "return [...document.querySelectorAll('button, input, [role=application], [role=tab]')] \
         .filter((each) => !(each.textContent.trim() || each.getAttribute('aria-label') || each.labels?.length)).length",
    );
    assert_eq!(names, 0, "every control has a name");
    let small = browser.run(
        "return [...document.querySelectorAll('#buttons button, #tabs button')] \
         .filter((each) => { const b = each.getBoundingClientRect(); return b.width < 24 || b.height < 24 }).length",
    );
    assert_eq!(small, 0, "every button is large enough");
    browser.key("]");
    browser.key("ArrowRight");
    let spoken =
        browser.later("setTimeout(() => done(document.getElementById('live').textContent), 400)");
    assert!(spoken.as_str().unwrap().contains("seconds"), "{spoken}");
    let table = browser.run(
        "nodedown.app.openTab('table'); nodedown.app.paint(); \
         return document.querySelectorAll('#table tbody tr').length",
    );
    assert!(table.as_u64().unwrap() > 5, "{table}");
    // Text stands out from what is behind it, in both themes.
    for theme in ["light", "dark"] {
        let contrast = browser.run(&CONTRAST.replace("THEME", theme));
        for (name, ratio) in contrast.as_object().unwrap() {
            assert!(ratio.as_f64().unwrap() >= 4.5, "{name} in {theme}: {ratio}");
        }
        assert!(contrast.as_object().unwrap().len() >= 10);
    }
}

/// The contrast of each colour of text with each ground.
const CONTRAST: &str = "
    document.documentElement.dataset.theme = 'THEME';
    const style = getComputedStyle(document.documentElement), of = (name) => {
        const hex = style.getPropertyValue(name).trim(), part = (at) => {
            const c = parseInt(hex.slice(at, at + 2), 16) / 255;
            return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
        };
        return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5);
    };
    const ratios = {};
    for (const text of ['--ink', '--soft', '--bad-ink', '--good-ink', '--doubt-ink']) {
        for (const ground of ['--paper', '--panel']) {
            const [a, b] = [of(text), of(ground)];
            ratios[`${text} on ${ground}`] = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        }
    }
    return ratios;";

#[test]
fn a_picture_is_saved_as_svg_and_printed() {
    let Some(browser) = Browser::start() else { return };
    let _folder = open(&browser, "chat-failover", &[]);
    let svg = browser.run(
        "nodedown.app.scale.show(19.99e9, 20.6e9); nodedown.app.paint(); \
         const text = nodedown.app.svg(), read = new DOMParser().parseFromString(text, 'image/svg+xml'); \
         return [text, read.querySelectorAll('parsererror').length, read.querySelectorAll('line').length]",
    );
    assert_eq!(svg[1], 0);
    assert!(svg[2].as_u64().unwrap() > 40, "{}", svg[2]);
    assert!(svg[0].as_str().unwrap().contains("db1@a crashes"));
    let printed = browser.run(
        "dispatchEvent(new Event('beforeprint')); return document.querySelectorAll('#print svg line').length",
    );
    assert_eq!(printed, svg[2]);
}

#[test]
fn a_session_of_the_shell_is_shown_with_its_commands() {
    let Some(browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("played.html");
    let mut command = Command::cargo_bin("nodedown").unwrap();
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command.args(["view", "tests/transcripts/connections/silence.transcript", "--out"]).arg(&page);
    command.assert().success();
    browser.open(&page, "");
    let seen = browser.run(
        "const m = nodedown.app.model; return [m.head.source, m.head.story.map((line) => line.what), m.n, \
         m.head.nodes.length, document.getElementById('body').innerText, nodedown.app.scale.mode, \
         nodedown.app.lanes.rows.map((row) => row.title).includes('p'), nodedown.shapes().includes(' nodes a b')]",
    );
    assert_eq!(seen[0], "session");
    let story = seen[1].as_array().unwrap();
    assert!(story.iter().any(|line| line.as_str().unwrap().starts_with("nodes ")), "{seen}");
    assert!(seen[2].as_u64().unwrap() > 20 && seen[3].as_u64().unwrap() >= 2, "{seen}");
    assert!(seen[4].as_str().unwrap().contains(story[0].as_str().unwrap()), "{seen}");
    // It opens with the same room for each instant, its processes unfolded, its commands above them.
    assert_eq!((&seen[5], &seen[6], &seen[7]), (&json!("order"), &json!(true), &json!(true)));
    let typed = folder.path().join("typed.html");
    let mut command = Command::cargo_bin("nodedown").unwrap();
    command.args(["shell", "--view"]).arg(&typed).write_stdin("nodes a b\nspawn p on a\n");
    let _ = command.assert();
    browser.open(&typed, "");
    assert_eq!(browser.run("return nodedown.app.model.head.story.length"), 2);
    assert_eq!(browser.log(), Vec::<String>::new());
}

/// Pages of every shipped scenario, large ones among them, are drawn without a complaint.
#[test]
fn every_page_answers_what_a_stranger_asks() {
    let Some(browser) = Browser::start() else { return };
    for scenario in ["paused-primary", "quorum", "lying-disk"] {
        let _folder = open(&browser, scenario, &[]);
        let seen = browser.run(
            "const { app } = nodedown, text = document.getElementById('body').innerText; \
             const overlap = [...document.querySelectorAll('#gutter > div')].filter((one, at, all) => all.slice(at + 1).some((two) => { \
               const [a, b] = [one.getBoundingClientRect(), two.getBoundingClientRect()]; \
               return one.className === two.className && one.className === 'node' && a.top < b.bottom - 14 && b.top < a.bottom - 14; })).length; \
             return [text.length, app.model.head.faults.length, overlap, nodedown.shapes().split('\\n').length, document.body.scrollWidth <= innerWidth]",
        );
        assert!(seen[0].as_u64().unwrap() > 200, "{scenario}: {seen}");
        assert!(
            seen[1].as_u64().unwrap() > 0 && seen[3].as_u64().unwrap() > 30,
            "{scenario}: {seen}"
        );
        assert_eq!((&seen[2], &seen[4]), (&json!(0), &json!(true)), "{scenario}: {seen}");
        assert_eq!(browser.log(), Vec::<String>::new(), "{scenario}");
    }
}
