//! The command line: what it prints, where, and with which exit code.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use nodedown::formats::FORMATS;
use serde_json::Value;

use crate::formats::assert_fits;

fn nodedown(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("nodedown").unwrap();
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).env("NO_COLOR", "1");
    command
}

/// Standard output, standard error and the exit code.
fn run(arguments: &[&str]) -> (String, String, i32) {
    let output = nodedown(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code().unwrap())
}

fn check(arguments: &[&str], code: i32, out: &[&str], err: &[&str]) {
    let (stdout, stderr, status) = run(arguments);
    assert_eq!(status, code, "{arguments:?}\n{stdout}\n{stderr}");
    for (text, wanted) in [(&stdout, out), (&stderr, err)] {
        for part in wanted {
            assert!(text.contains(part), "{arguments:?}: no {part:?} in\n{text}");
        }
    }
}

/// A scenario of the test's own.
fn file(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn a_run_tells_its_story_its_figures_and_its_verdict() {
    let story = ["db1@a crashes", "database started: failover from db1@a", "verdict: pass"];
    check(&["run", "scenarios/chat-failover.json"], 0, &story, &[]);
}

#[test]
fn a_violation_that_is_the_lesson_is_no_failure() {
    let lines = ["verdict: violated, as expected"];
    check(&["run", "scenarios/partition.json"], 0, &lines, &[]);
}

#[test]
fn a_violation_ends_in_the_command_that_shows_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/no-standby.json"));
    let text = text.unwrap().replace("\"verdict\": \"violated\",", "");
    let path = file(folder.path(), "broken.json", &text);
    let (stdout, _, code) = run(&["run", &path, "--seed", "3"]);
    assert_eq!(code, 1, "{stdout}");
    let last = stdout.trim_end().lines().last().unwrap();
    assert!(last.trim().ends_with(&format!("nodedown run {path} --seed 3")), "{last}");
}

#[test]
fn a_run_that_exercised_nothing_is_inconclusive() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(
        folder.path(),
        "idle.json",
        r#"{ "name": "idle", "duration": "5s", "hosts": { "h": {} },
             "nodes": { "a@h": { "host": "h" } }, "applications": { "database": { "nodes": ["a@h"] } },
             "expect": [{ "single_instance": "database" }] }"#,
    );
    check(&["run", &path], 2, &["verdict: inconclusive"], &[]);
}

#[test]
fn quiet_prints_the_verdict_only() {
    let (stdout, _, code) = run(&["run", "scenarios/takeover.json", "--quiet"]);
    assert_eq!(code, 0);
    assert!(!stdout.contains("What users saw") && stdout.contains("verdict: pass"), "{stdout}");
}

#[test]
fn json_is_one_object_for_a_run() {
    let (stdout, _, code) = run(&["run", "scenarios/takeover.json", "--json", "--seed", "9"]);
    let json: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(code, 0);
    assert!(assert_fits("run", &json) > 200);
    assert_eq!(json["seed"], 9);
    assert_eq!(json["verdict"], "pass");
}

#[test]
fn what_a_violated_run_writes_is_as_its_schemas_say() {
    let folder = tempfile::tempdir().unwrap();
    let [seen, kept] =
        ["seen.jsonl", "kept.json"].map(|name| folder.path().join(name).display().to_string());
    let scenario = "scenarios/async-replication.json";
    let (stdout, _, code) =
        run(&["run", scenario, "--json", "--history", &seen, "--record", &kept]);
    assert_eq!(code, 0);
    let parsed = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
    let run = parsed(&stdout);
    assert!(assert_fits("run", &run) > 200);
    assert!(!run["figures"]["workloads"][0]["missing"].as_array().unwrap().is_empty());
    let seen = fs::read_to_string(seen).unwrap();
    let values = seen.lines().map(|line| assert_fits("history", &parsed(line)));
    assert!(values.sum::<usize>() > 1_000);
    assert!(assert_fits("record", &parsed(&fs::read_to_string(kept).unwrap())) > 200);
}

#[test]
fn each_format_has_a_schema_that_can_be_printed() {
    for format in FORMATS {
        let (stdout, _, code) = run(&["schema", format.name]);
        let schema: Value = serde_json::from_str(&stdout).unwrap();
        assert_eq!((code, &schema), (0, &format.schema()));
        assert!(schema["title"].as_str().unwrap().contains(format.name));
        // A document says its format and its version in its first member.
        if !["history", "trace"].contains(&format.name) {
            let (name, version) = schema["properties"].as_object().unwrap().iter().next().unwrap();
            assert_eq!((name.as_str(), &version["const"]), (format.name, &format.version.into()));
        }
    }
    assert!(FORMATS.is_sorted_by_key(|format| format.name));
    check(&["schema", "results"], 0, &["RunSummaryJson", "The runs in their order."], &[]);
    check(&["schema", "result"], 64, &[], &["invalid value 'result'", "exists: 'results'"]);
    check(&["schema", "run", "--markdown"], 64, &[], &["cannot be used with"]);
}

#[test]
fn a_trace_is_a_json_object_a_line_in_the_order_of_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace.jsonl").display().to_string();
    check(&["run", "scenarios/takeover.json", "--trace", &path], 0, &[], &[]);
    let trace = fs::read_to_string(path).unwrap();
    let lines: Vec<Value> = trace.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let times: Vec<u64> = lines.iter().map(|line| line["at"].as_u64().unwrap()).collect();
    // One of each kind is enough: there are many of some.
    let kinds: BTreeMap<&str, &Value> =
        lines.iter().map(|line| (line["what"].as_str().unwrap(), line)).collect();
    for line in kinds.values() {
        assert!(assert_fits("trace", line) > 3);
    }
    assert!(kinds.len() > 15, "{:?}", kinds.keys());
    assert!(times.len() > 10_000 && times.is_sorted());
}

#[test]
fn mistakes_are_reported_at_once_with_their_places() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(
        folder.path(),
        "mistakes.json",
        r#"{
  "duration": 90,
  "hosts": { "h": {} },
  "nodes": { "a@h": { "host": "h", "coookie": "x" } },
  "faults": [{ "at": "20s", "crash": "b@h" }]
}"#,
    );
    let wanted = [
        "mistakes.json:2:15",
        "\"90s\"",
        "coookie",
        "cookie",
        "unknown node `b@h`",
        "did you mean `a@h`?",
    ];
    check(&["run", &path], 64, &[], &wanted);
}

#[test]
fn wrong_usage_is_told_from_a_missing_file() {
    check(&["runs"], 64, &[], &["unrecognized subcommand", "'run'"]);
    check(&["run"], 64, &[], &["<FILE>"]);
    check(&["run", "no-such-file.json"], 66, &[], &["no-such-file.json"]);
    let meant = ["did you mean scenarios/chat-failover.json?"];
    check(&["run", "scenarios/chat-failovr.json"], 66, &[], &meant);
    check(&["run", "chat-failovr"], 66, &[], &meant);
    check(&["run", "scenarios"], 66, &[], &["`nodedown test scenarios` runs all scenarios in it"]);
    check(&["run", "scenarios/takeover.json", "--trace", "no/such/folder"], 73, &[], &["no/such"]);
    check(&["run", "scenarios/takeover.json", "--seed", "-1"], 64, &[], &["invalid value '-1'"]);
    check(&["run", "scenarios/takeover.json", "--seed", "seven"], 64, &[], &["seven"]);
    check(&["--help"], 0, &["Exit codes"], &[]);
}

const GOOD: &str = "tests/histories/kv/c01-ok.txt";
const BAD: &str = "tests/histories/kv/c01-bad.txt";

#[test]
fn a_history_is_linearizable_or_not() {
    let model = ["check", "--model", "append-map"];
    check(&[&model[..], &[GOOD]].concat(), 0, &["c01-ok.txt: linearizable\n"], &[]);
    let refuted = [
        "c01-ok.txt: linearizable\n",
        "c01-bad.txt: not linearizable\n    the shortest prefix that cannot be explained ends at line 60:",
        "process 0: get of <<\"7\">> answered <<\"x 0 0 y\">>, begun in line 59",
        "right before its end there could be <<\"x 0 0 yx 0 3 y\">>",
    ];
    check(&[&model[..], &[BAD, GOOD]].concat(), 1, &refuted, &[]);
    check(&[&model[..], &["--claim", "sequential", GOOD]].concat(), 0, &["sequentially con"], &[]);
}

#[test]
fn a_search_that_hits_its_limit_knows_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let event = |process: u32, kind: &str, name: &str, value: i32| {
        format!("{{:process {process}, :type :{kind}, :f :{name}, :value {value}}}\n")
    };
    let all = |kind| (1..17).map(|n| event(n, kind, "add", (-2_i32).pow(n))).collect::<String>();
    let read = event(0, "invoke", "read", 0) + &event(0, "ok", "read", 5);
    let text = all("invoke") + &read + &all("ok");
    let path = file(folder.path(), "hopeless.edn", &text);
    let limit = |name: &str, value: &str, said: &str| {
        let arguments = ["check", "--model", "counter", name, value, &path];
        check(&arguments, 2, &["hopeless.edn: unknown: ", said], &[]);
    };
    limit("--memory", "2MiB", "it takes more than 2MiB");
    limit("--max-time", "50ms", "it takes more than 50ms");
}

#[test]
fn the_history_of_a_run_can_be_checked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seen.jsonl").display().to_string();
    let scenario = "scenarios/async-replication.json";
    check(&["run", scenario, "--quiet", "--history", &path], 0, &["verdict: violated"], &[]);
    check(&["check", "--model", "log", &path], 1, &["not linearizable", "users "], &[]);
    let several = ["run", "scenarios/transports.json", "--quiet", "--history", &path];
    check(&several, 0, &[], &[]);
    let second = folder.path().join("seen-2.jsonl").display().to_string();
    check(&["check", "--model", "log", &path, &second], 0, &["seen-2.jsonl: linearizable"], &[]);
}

#[test]
fn applications_can_be_placed_otherwise() {
    let run = ["run", "scenarios/placement-one-node.json", "--quiet", "--placements"];
    let same =
        ["✓ where applications run makes no difference", "the same 230 answers all on one node"];
    check(&[&run[..], &["all"]].concat(), 0, &same, &[]);
    check(&[&run[..], &["4"]].concat(), 0, &["placed by lot, number 1"], &[]);
    check(&[&run[..], &["some"]].concat(), 64, &[], &["write \"all\", or a number"]);
}

#[test]
fn weaker_claims_need_no_model() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seen.jsonl").display().to_string();
    let scenario = "scenarios/async-replication.json";
    check(&["run", scenario, "--quiet", "--history", &path], 0, &["verdict: violated"], &[]);
    let claim = |claim: &str, code, said: &str| {
        check(&["check", "--claim", claim, &path], code, &[said], &[]);
    };
    claim("at_most_once", 0, "seen.jsonl: effects at most once\n");
    claim("monotonic_reads", 1, "not monotonic reads: a client saw <<\"users-");
    claim("read_your_writes", 1, "not read your writes: the client appended <<\"users-");
    claim("at_least_once", 1, "users 0: read of <<\"room-");
    claim("eventual", 1, "was acknowledged, and is not there in the end");
    let late = ["check", "--claim", "eventual", "--healed", "1h", &path];
    check(&late, 2, &["unknown: eventually consistent: no two clients read"], &[]);
    check(&["check", "--claim", "sequential", &path], 64, &[], &["--model"]);
    check(&["check", "--claim", "at_most_onc", &path], 64, &[], &["at_most_once"]);
}

#[test]
fn mistakes_in_histories_are_reported_at_once_with_their_places() {
    let folder = tempfile::tempdir().unwrap();
    let one = file(folder.path(), "one.edn", "{:process 0, :type :invoke, :f :raed}");
    let two = file(folder.path(), "two.edn", "\n{:process 0, :type :okay, :f :read}");
    let wanted = ["one.edn:1:1", "did you mean `read`?", "two.edn:2:1", "unknown type `okay`"];
    check(&["check", "--model", "register", &one, &two], 64, &[], &wanted);
    let wanted = ["c01-ok.txt:2:1", "a mutex has no operation `append`", "`acquire`, `release`"];
    check(&["check", "--model", "mutex", GOOD], 64, &[], &wanted);
    check(&["check", "--model", "registr", GOOD], 64, &[], &["'registr'", "cas-register"]);
    check(&["check", GOOD], 64, &[], &["--model"]);
    let memory = ["check", "--model", "map", "--memory", "lots", GOOD];
    check(&memory, 64, &[], &["512MiB"]);
    check(&["check", "--model", "map", "no-such-file.edn"], 66, &[], &["no-such-file.edn"]);
}

#[test]
fn the_catalogue_and_the_schema_can_be_read() {
    check(&["list"], 0, &["database", "replication", "chat_user", "operations: "], &[]);
    let (stdout, _, code) = run(&["schema"]);
    assert_eq!(code, 0);
    let published = fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/scenario.schema.json"),
    );
    let [printed, published]: [Value; 2] =
        [stdout, published.unwrap()].map(|text| serde_json::from_str(&text).unwrap());
    assert_eq!(
        printed, published,
        "write it anew: nodedown schema > scenarios/scenario.schema.json"
    );
}

#[test]
fn the_reference_of_scenarios_can_be_printed() {
    check(&["schema", "--markdown"], 0, &["# Scenario files\n", "## Service `database`\n"], &[]);
}

#[test]
fn shells_can_complete_commands_and_options() {
    for (shell, way_to_write) in [
        ("bash", "--seeds"),
        ("elvish", "cand --seeds"),
        ("fish", "-l seeds"),
        ("powershell", "'--seeds'"),
        ("zsh", "'--seeds="),
    ] {
        let (script, _, code) = run(&["completions", shell]);
        assert_eq!(code, 0, "{shell}");
        for needed in ["nodedown", "shrink", way_to_write] {
            assert!(script.contains(needed), "{shell}: {needed}");
        }
    }
    check(&["completions", "csh"], 64, &[], &["'csh'", "fish"]);
}

#[test]
fn there_is_a_manual_page_for_each_command() {
    check(&["man"], 0, &[".TH nodedown 1", "nodedown\\-run(1)", "Exit codes"], &[]);
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("share/man1");
    let (written, _, code) = run(&["man", pages.to_str().unwrap()]);
    assert_eq!(code, 0);
    assert!(written.lines().count() > 15, "{written}");
    for (page, needed) in [
        ("nodedown.1", "nodedown"),
        ("nodedown-run.1", "\\-\\-seed"),
        ("nodedown-prove.1", "\\-\\-crashes"),
        ("nodedown-completions.1", "elvish"),
    ] {
        let text = fs::read_to_string(pages.join(page)).unwrap();
        let name = page.trim_end_matches(".1");
        assert!(text.contains(&format!(".TH {name} 1")), "{page}: {text}");
        assert!(text.contains(needed), "{page}: {text}");
    }
    let blocked = file(folder.path(), "file", "");
    check(&["man", &blocked], 73, &[], &["cannot write"]);
}

#[test]
fn colours_are_for_those_who_want_them() {
    let coloured = |name: &str| {
        let mut command = nodedown(&["run", "scenarios/takeover.json", "--quiet"]);
        let output = command.env_remove("NO_COLOR").env(name, "1").output().unwrap();
        String::from_utf8(output.stdout).unwrap().contains("\u{1b}[")
    };
    assert!(coloured("CLICOLOR_FORCE"));
    assert!(!coloured("NO_COLOR"));
}

#[test]
fn an_explanation_names_the_causes_and_where_the_time_went() {
    let wanted = [
        "has lost db1@a",
        "dist_ac has waited 500 ms",
        "521 ms from the fault to the first post answered after it, by database on db2@b",
        "state transfer",
    ];
    check(&["explain", "scenarios/chat-failover.json", "--seed", "7"], 0, &wanted, &[]);
    let lost = ["✗ users lose nothing of what was acknowledged", "took effect at"];
    check(&["explain", "scenarios/async-replication.json"], 0, &lost, &[]);
}
