//! `sweep`, `test` and `merge`: what they print, what they write, and with which exit code.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::formats::assert_fits;
use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

use crate::chat::short_chat;

/// A folder with short scenarios, where the commands are run.
struct Place(TempDir);

/// A short chat; the time within which users are to be answered decides.
fn chat(within: &str, verdict: &str) -> String {
    short_chat(&format!(
        r#""seed": 5,
  "expect": [
    {{ "single_instance": "database" }},
    {{ "transparent": "users", "within": "{within}" }},
  ],
  "verdict": "{verdict}","#
    ))
}

/// Every run meets this.
const PATIENT: &str = "2s";
/// Some runs meet this.
const HASTY: &str = "550ms";
/// No run meets this.
const HURRIED: &str = "1ms";

impl Place {
    /// With these scenarios: name, time limit, announced verdict.
    fn with(scenarios: &[(&str, &str, &str)]) -> Place {
        let place = Place(tempfile::tempdir().unwrap());
        for (name, within, verdict) in scenarios {
            place.write(name, &chat(within, verdict));
        }
        place
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::cargo_bin("nodedown").unwrap();
        for (name, _) in std::env::vars().filter(|(name, _)| is_of_an_engine(name)) {
            command.env_remove(name);
        }
        command.current_dir(self.0.path()).args(arguments.split_whitespace()).env("NO_COLOR", "1");
        command
    }

    /// Runs a command, checks its exit code, and returns standard output and standard error.
    #[track_caller]
    fn run(&self, arguments: &str, code: i32) -> (String, String) {
        self.run_with(arguments, code, &[])
    }

    #[track_caller]
    fn run_with(&self, arguments: &str, code: i32, variables: &[(&str, &str)]) -> (String, String) {
        let mut command = self.command(arguments);
        let Output { status, stdout, stderr } =
            command.envs(variables.iter().copied()).output().unwrap();
        let [stdout, stderr] = [stdout, stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        assert_eq!(status.code(), Some(code), "{arguments}\n{stdout}\n{stderr}");
        (stdout, stderr)
    }

    fn json(&self, name: &str) -> Value {
        let document = serde_json::from_str(&self.read(name)).unwrap();
        assert_fits("results", &document);
        document
    }
}

/// Whether a variable would change what the commands do.
fn is_of_an_engine(name: &str) -> bool {
    let prefixes = ["CI_NODE_", "CIRCLE_", "BUILDKITE_", "JOB_COMPLETION", "SLURM_", "GITHUB_"];
    prefixes.iter().any(|prefix| name.starts_with(prefix))
}

#[track_caller]
fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
}

fn last_line(text: &str) -> &str {
    text.trim_end().lines().last().unwrap_or_default()
}

#[test]
fn a_sweep_tells_how_runs_fail_and_ends_in_the_command_that_shows_it() {
    let place = Place::with(&[("mine.json", HASTY, "pass")]);
    let (out, err) = place.run("sweep mine.json --seeds 1..12 --csv runs.csv --json", 1);
    let json: Value = serde_json::from_str(&out).unwrap();
    assert!(assert_fits("results", &json) > 200);
    assert_eq!(err, "", "a bar is for terminals only");
    let totals = &json["summary"]["totals"];
    let [pass, violated] = ["pass", "violated"].map(|name| totals[name].as_u64().unwrap());
    assert!(pass > 0 && violated > 0 && pass + violated == 12, "{totals}");
    let first = &json["scenarios"][0]["ways"][0]["examples"][0]["seed"];
    let (out, _) = place.run("sweep mine.json --seeds 1..12", 1);
    has(
        &out,
        &[
            "a short chat\nmine.json  seeds 1..12\n",
            "db1@a crashes",
            "while an operation was under way",
            "  never: ",
            "until users are served again (RTO) ",
            "✗ users notice nothing but delays of at most 550ms",
            &format!("{pass} pass, {violated} violated, expected pass"),
        ],
    );
    assert_eq!(last_line(&out), format!("replay: nodedown run mine.json --seed {first}"));
    has(&out, &[&format!("shrink: nodedown shrink mine.json --seed {first}")]);
    place.run(&format!("run mine.json --quiet --seed {first}"), 1);
    assert_eq!(place.read("runs.csv").lines().count(), 13);
    let (quiet, _) = place.run("sweep mine.json --seeds 1..12 --quiet", 1);
    assert!(quiet.starts_with("How runs failed\n") && out.ends_with(&quiet), "{quiet}");
}

#[test]
fn exit_codes_of_sweeps_are_those_of_runs() {
    let idle = r#"{ "duration": "5s", "hosts": { "h": {} }, "nodes": { "a@h": { "host": "h" } },
        "applications": { "database": { "nodes": ["a@h"] } }, "expect": [{ "single_instance": "database" }] }"#;
    let place = Place::with(&[
        ("good.json", PATIENT, "pass"),
        ("lesson.json", HURRIED, "violated"),
        ("bad.json", HURRIED, "pass"),
        ("too-good.json", PATIENT, "violated"),
    ]);
    place.write("idle.json", idle);
    for (file, code, said) in [
        ("good.json", 0, "all 3 runs: pass\n"),
        ("lesson.json", 0, "all 3 runs: violated, as expected\n"),
        ("bad.json", 1, "all 3 runs: violated, expected pass\n"),
        ("too-good.json", 1, "all 3 runs: pass, expected violated\n"),
        ("idle.json", 2, "all 3 runs: inconclusive, expected pass\n"),
    ] {
        let (out, _) = place.run(&format!("sweep {file} --seeds 3"), code);
        has(&out, &[said]);
    }
    let (out, _) = place.run("sweep good.json --max-time 0s", 3);
    has(&out, &["the time is up: these are the results of the first 0 runs\nno runs\n"]);
}

#[test]
fn seeds_that_make_no_sense_are_told_so_and_nothing_is_run() {
    let place = Place::with(&[("mine.json", PATIENT, "pass")]);
    for (arguments, said) in [
        ("--seeds 9..3", "9..3 runs backwards: write 3..9"),
        ("--seeds 0", "0 seeds are none"),
        ("--seeds ten", "\"ten\" is not a seed"),
        ("--seeds -5", "\"-5\" is not a seed"),
        ("--seeds 1..5,3", "seed 3 is there twice"),
        ("--shard 4/3", "there is no shard 4 of 3: they are counted from 1 to 3"),
        ("--shard 3", "write the first of three as 1/3"),
        ("--jobs 0", "invalid value '0'"),
        ("--max-time 10", "a duration needs a unit"),
    ] {
        let (out, err) = place.run(&format!("sweep mine.json --out out.json {arguments}"), 64);
        has(&err, &[said]);
        assert_eq!(out, "");
    }
    let (_, err) = place.run("sweep mine.json --seeds 3 --out no/such/folder.json", 73);
    has(&err, &["no/such/folder.json"]);
    let (_, err) = place.run("sweep mien.json", 66);
    has(&err, &["did you mean mine.json?"]);
}

#[test]
fn the_wall_clock_ends_an_endless_sweep() {
    let place = Place::with(&[("mine.json", PATIENT, "pass")]);
    let (out, _) = place.run("sweep mine.json --max-time 300ms --quiet", 0);
    has(&out, &["the time is up: these are the results of the first "]);
}

#[cfg(unix)]
#[test]
fn an_interrupted_sweep_hands_over_what_it_has() {
    use std::io::{BufRead, BufReader, Read};
    use std::process::{Command, Stdio};
    let place = Place::with(&[("mine.json", PATIENT, "pass")]);
    let mut child = Command::new(assert_cmd::cargo::cargo_bin("nodedown"))
        .args(["sweep", "mine.json", "--seeds", "1..", "--out", "out.json"])
        .current_dir(place.0.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The file is made before the first run, when the handler of Ctrl-C is in its place or nearly.
    while !place.path("out.json").exists() {
        std::thread::yield_now();
    }
    #[expect(clippy::disallowed_methods, reason = "a real signal to a real process")]
    std::thread::sleep(std::time::Duration::from_millis(500));
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let mut err = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(err.any(|line| line.unwrap().starts_with("interrupted: finishing the runs under way")));
    let mut out = String::new();
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    has(&out, &["interrupted: these are the results of the first ", " runs: pass"]);
    assert_eq!(place.json("out.json")["stopped"], "interrupted");
}

#[test]
fn a_sweep_over_several_transports_runs_each_seed_with_each() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let transports = root.join("scenarios/transports.json").display().to_string();
    let place = Place::with(&[]);
    let (out, _) = place.run(&format!("sweep {transports} --seeds 4..4 --json"), 0);
    let swept: Value = serde_json::from_str(&out).unwrap();
    let (out, _) = place.run(&format!("run {transports} --seed 4 --json"), 0);
    let run: Value = serde_json::from_str(&out).unwrap();
    assert_fits("runs", &run);
    let run = &run["list"];
    let digests = |runs: &Value| -> Vec<String> {
        let runs = runs.as_array().unwrap().iter();
        runs.map(|run| run["digest"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(digests(&swept["scenarios"][0]["runs"]), digests(run));
    assert_eq!(digests(run).len(), 3);
    assert_eq!(swept["scenarios"][0]["transports"][2], run[2]["transport"]);
}

#[test]
fn shards_are_put_together_to_the_byte() {
    let place = Place::with(&[("a.json", HASTY, "pass"), ("b.json", PATIENT, "pass")]);
    for command in ["sweep a.json --seeds 1..7", "test a.json b.json --seeds 4"] {
        for shard in ["1/3", "2/3", "3/3"] {
            let name = shard.replace('/', "-of-");
            let mut sharded =
                place.command(&format!("{command} --shard {shard} --out {name}.json"));
            drop(sharded.output().unwrap());
        }
        let alone = format!("{command} --out alone.json --junit alone.xml --csv alone.csv");
        let (whole, _) = place.run(&alone, 1);
        let files = "3-of-3.json 1-of-3.json 2-of-3.json";
        let wanted = "--out merged.json --junit merged.xml --csv merged.csv";
        let (merged, _) = place.run(&format!("merge {files} {wanted}"), 1);
        for suffix in ["json", "xml", "csv"] {
            let [alone, merged] =
                ["alone", "merged"].map(|name| place.read(&format!("{name}.{suffix}")));
            assert_eq!(alone, merged, "{command}");
        }
        let whole =
            whole.replace("keep: ", "\nkeep: ").split("\nkeep: ").next().unwrap().to_owned();
        assert!(merged.starts_with(whole.trim_end()), "{whole}\n{merged}");
    }
}

#[test]
fn what_does_not_belong_together_is_not_put_together() {
    let place = Place::with(&[("a.json", PATIENT, "pass"), ("b.json", PATIENT, "pass")]);
    let sweep =
        |arguments: &str, out: &str| place.run(&format!("sweep {arguments} --out {out}"), 0);
    sweep("a.json --seeds 4 --shard 1/2", "one.json");
    sweep("a.json --seeds 4 --shard 2/2", "two.json");
    sweep("a.json --seeds 4 --shard 2/3", "third.json");
    sweep("a.json --seeds 5 --shard 2/2", "more.json");
    sweep("b.json --seeds 4 --shard 2/2", "other.json");
    place.run("merge one.json two.json", 0);
    let older = place.read("two.json").replace(env!("CARGO_PKG_VERSION"), "0.0.9");
    place.write("older.json", &older);
    let mut lacking = place.json("two.json");
    lacking["scenarios"][0]["runs"].as_array_mut().unwrap().pop();
    place.write("lacking.json", &lacking.to_string());
    let mut surplus = place.json("two.json");
    surplus["scenarios"][0]["runs"][0]["seed"] = 77.into();
    place.write("surplus.json", &surplus.to_string());
    place.write("a.json", &chat(PATIENT, "pass").replace("a short chat", "another"));
    sweep("a.json --seeds 4 --shard 2/2", "changed.json");
    place.write("garbled.json", "{ \"nodedown\": 1");
    for (files, said) in [
        ("one.json", &["missing: shard 2/2"][..]),
        ("one.json two.json two.json", &["two.json and two.json are both shard 2/2"]),
        ("one.json third.json", &["third.json is shard 2/3, one.json is shard 1/2"]),
        ("one.json more.json", &["the seeds of a.json are 5..9 and 5..8"]),
        ("one.json other.json", &["the scenarios are b.json and a.json"]),
        ("one.json changed.json", &["a.json is not the same text ("]),
        ("one.json older.json", &["older.json is of nodedown 0.0.9, one.json of "]),
        ("one.json lacking.json", &["lacking.json does not have", "a.json --seed 8 is missing"]),
        ("one.json surplus.json", &["surplus.json does not have", "a.json --seed 6 is missing"]),
        ("one.json garbled.json", &["this is not a results file: ", "--> garbled.json:1:15"]),
        ("older.json other.json", &["missing: shard 1/2", "are both shard 2/2", "of nodedown"]),
    ] {
        let (out, err) = place.run(&format!("merge {files}"), 64);
        has(&err, said);
        assert_eq!(out, "");
    }
    place.run("merge no-such-file.json", 66);
}

#[test]
fn shards_that_ran_out_of_time_are_put_together_as_far_as_they_came() {
    let place = Place::with(&[("a.json", PATIENT, "pass")]);
    for shard in ["1/2", "2/2"] {
        let name = shard.replace('/', "-of-");
        let arguments = format!("sweep a.json --max-time 200ms --shard {shard} --out {name}.json");
        drop(place.command(&arguments).output().unwrap());
    }
    let runs = |name: &str| place.json(name)["scenarios"][0]["runs"].as_array().unwrap().len();
    let (out, _) = place.run("merge 1-of-2.json 2-of-2.json --out merged.json", 0);
    has(&out, &["the time is up: these are the results of the first "]);
    assert_eq!(runs("merged.json"), runs("1-of-2.json") + runs("2-of-2.json"));
    assert_eq!(place.json("merged.json")["stopped"], "time_up");
}

#[test]
fn a_folder_of_scenarios_is_tested() {
    let place = Place::with(&[
        ("scenarios/good.json", PATIENT, "pass"),
        ("scenarios/deep/lesson.json", HURRIED, "violated"),
    ]);
    place.write("scenarios/scenario.schema.json", "{}");
    place.write("scenarios/.hidden/x.json", "no scenario");
    place.write("scenarios/notes.txt", "no scenario");
    let (out, _) = place.run("test --seeds 3", 0);
    has(
        &out,
        &[
            "✓  scenarios/deep/lesson.json  all 3 runs: violated, as expected\n",
            "✓  scenarios/good.json         all 3 runs: pass\n",
            "2 scenarios, 6 runs, all as expected\n",
        ],
    );
    let (out, _) = place.run("test --list scenarios/good.json --seeds 3 --shard 2/2", 0);
    assert_eq!(out, "scenarios/good.json  seeds 6..6\n");
    let (out, _) = place.run("test --list --seeds 8..9", 0);
    has(&out, &["scenarios/good.json  seeds 8..9\n"]);
}

#[test]
fn where_there_is_nothing_to_test_the_exit_code_says_so() {
    let place = Place::with(&[("mine.json", PATIENT, "pass")]);
    place.write("empty/scenario.schema.json", "{}");
    let (_, err) = place.run("test empty", 3);
    has(&err, &["there are no scenarios in empty"]);
    place.run("test mine.json --seeds 3 --max-time 0s", 3);
    let (out, err) = place.run("test", 66);
    has(&err, &["✗  scenarios: cannot be read", "cannot read scenarios: No such file"]);
    assert_eq!(out, "");
    // A shard may have nothing to do.
    let (out, _) = place.run("test mine.json --seeds 2 --shard 3/3", 0);
    has(&out, &["0 scenarios, 0 runs", "shard 3/3 of the runs"]);
}

#[test]
fn a_file_that_cannot_be_read_does_not_keep_others_from_being_tested() {
    let place = Place::with(&[("mine.json", PATIENT, "pass"), ("set/good.json", PATIENT, "pass")]);
    let (out, _) = place.run("test mien.json mine.json --seeds 2", 66);
    has(
        &out,
        &[
            "✓  mine.json  all 2 runs: pass\n",
            "✗  mien.json: cannot be read\n    cannot read mien.json: No such file",
            "      did you mean mine.json?\n",
            "1 scenario, 2 runs, all as expected; 1 file cannot be read\n",
        ],
    );
    // What is no text, what is gone, and what has mistakes.
    fs::write(place.path("set/binary.json"), [0xff, 0xfe, 0x00]).unwrap();
    place.write("set/wrong.json", "{ \"name\": 7 }");
    place.write("set/good.seeds", "1\n");
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere.json", place.path("set/gone.json")).unwrap();
    let run = "test set no-such-folder --seeds 2 --out out.json --junit out.xml";
    let (out, _) = place.run(run, 64);
    has(
        &out,
        &[
            "✓  set/good.json",
            "✗  set/wrong.json: no scenario",
            "✗  no-such-folder: cannot be read",
        ],
    );
    has(
        &out,
        &[
            "✗  set/gone.json: cannot be read",
            "; 1 file is not a valid scenario; 3 files cannot be read\n",
        ],
    );
    let junit = fs::read_to_string(place.path("out.xml")).unwrap();
    has(
        &junit,
        &["set/gone.json", "type=\"cannot be read\"", "type=\"no scenario\"", "set/good.json"],
    );
    let (out, _) = place.run("merge out.json", 64);
    has(&out, &["; 1 file is not a valid scenario; 3 files cannot be read\n"]);
    let (list, _) = place.run("test --list set", 64);
    has(&list, &["set/good.json  seeds ", "set/gone.json  cannot be read\n"]);
    // A part that is gone does not hide what is wrong with another.
    let (_, err) = place.run("merge gone.json set/wrong.json", 64);
    has(&err, &["cannot read gone.json", "set/wrong.json"]);
}

#[test]
fn a_failure_of_a_test_can_be_kept_and_is_run_first_from_then_on() {
    let place = Place::with(&[("mine.json", HURRIED, "pass"), ("fine.json", PATIENT, "pass")]);
    let (out, _) = place.run("test mine.json fine.json --seeds 1", 1);
    has(
        &out,
        &[
            "✓  fine.json  1 run: pass\n",
            "✗  mine.json  1 run: violated, expected pass\n",
            "    ✗ users notice nothing but delays of at most 1ms  (1 run)\n",
            "        seed 5: ",
            "2 scenarios, 2 runs, 1 not as expected\n",
            "keep: echo 5 >> mine.seeds (--save-failing does it for all)\n",
        ],
    );
    assert_eq!(last_line(&out), "replay: nodedown run mine.json --seed 5");
    let (out, err) = place.run("test mine.json fine.json --seeds 2 --save-failing", 1);
    has(&err, &["seed 5 is saved in mine.seeds", "seed 6 is saved in mine.seeds"]);
    assert_eq!(last_line(&out), "replay: nodedown run mine.json --seed 5");
    has(&place.read("mine.seeds"), &["5  # violated: users notice nothing but delays"]);
    place.write("mine.seeds", "# lost a post\n40 # twice\n6\n");
    let (out, _) = place.run("test mine.json --seeds 3 --list", 0);
    assert_eq!(out, "mine.json  seeds 40,6,5,7\n");
    let (out, _) = place.run("test mine.json --seeds 3 --stop-on-first", 1);
    has(&out, &["stopped at the first failure: these are the results of the first 1 run\n"]);
    assert_eq!(last_line(&out), "replay: nodedown run mine.json --seed 40");
    place.run("test mine.json --seeds 3 --save-failing", 1);
    let kept = place.read("mine.seeds");
    assert_eq!(kept.lines().filter(|line| line.starts_with('6')).count(), 1, "{kept}");
}

#[test]
fn files_that_are_no_scenarios_fail_the_test_and_the_others_are_run() {
    let place = Place::with(&[("dir/good.json", PATIENT, "pass")]);
    place.write("dir/bad.json", "{\n  \"duration\": 90,\n  \"hosts\": {}\n}");
    place.write("dir/good.seeds", "12\nx\n");
    place.write("dir/gone.seeds", "12\n");
    let (out, _) = place.run("test dir --seeds 2 --junit junit.xml", 64);
    has(
        &out,
        &[
            "✓  dir/good.json  all 2 runs: pass\n",
            "✗  dir/bad.json: no scenario\n",
            "bad.json:2:15",
            "write \"90s\" or \"90ms\"",
            "good.seeds:2:1",
            "there is no gone.json that these seeds are for",
            "1 scenario, 2 runs, all as expected; 3 files are not valid scenarios\n",
        ],
    );
    has(
        &place.read("junit.xml"),
        &["<testsuite name=\"dir/bad.json\" tests=\"1\"", "errors=\"3\""],
    );
}

#[test]
fn junit_has_a_case_for_each_run() {
    let place = Place::with(&[("a&b.json", HURRIED, "pass"), ("c.json", PATIENT, "pass")]);
    place.run("test a&b.json c.json --seeds 2 --junit junit.xml", 1);
    has(
        &place.read("junit.xml"),
        &[
            "<testsuites name=\"nodedown\" tests=\"4\" skipped=\"0\" failures=\"2\" errors=\"0\"",
            "<testsuite name=\"a&amp;b.json\" tests=\"2\"",
            "<testcase name=\"seed 5\" classname=\"c.json\"",
            "type=\"violated\"",
            "message=\"violated: users notice nothing but delays of at most 1ms\"",
            "a&amp;b.json",
            "--seed 6</failure>",
        ],
    );
}

#[test]
fn a_workflow_of_github_gets_annotations_and_a_summary() {
    let place = Place::with(&[("mine.json", HURRIED, "pass"), ("fine.json", PATIENT, "pass")]);
    place.write("bad.json", &chat(PATIENT, "pass").replace("\"14s\"", "90"));
    place.write("summary.md", "# before\n");
    let variables = [("GITHUB_ACTIONS", "true"), ("GITHUB_STEP_SUMMARY", "summary.md")];
    let arguments = "test mine.json fine.json bad.json --seeds 2";
    let (out, _) = place.run_with(arguments, 64, &variables);
    has(
        &out,
        &[
            "::error file=bad.json,line=2,title=no scenario::error: expected a duration",
            "::error file=mine.json,line=17,title=users notice nothing but delays of at most 1ms::violated in 2 of 2 runs%0Aseed 5: ",
            "%0Anodedown run mine.json --seed 5\n",
        ],
    );
    assert_eq!(last_line(&out), "replay: nodedown run mine.json --seed 5");
    has(
        &place.read("summary.md"),
        &[
            "# before\n| scenario |",
            "| `bad.json` | | ❌ no scenario |",
            "| `mine.json` | 2 | ❌ all 2 runs: violated, expected pass |",
            "| `fine.json` | 2 | ✅ all 2 runs: pass |",
            "nodedown run mine.json --seed 5\n```",
        ],
    );
    let (out, err) = place.run_with(&format!("{arguments} --json"), 64, &variables);
    assert!(err.contains("::error ") && serde_json::from_str::<Value>(&out).is_ok());
    let (out, _) = place.run(arguments, 64);
    assert!(!out.contains("::error"), "{out}");
}

#[test]
fn engines_say_which_shard_it_is() {
    let place = Place::with(&[("mine.json", PATIENT, "pass")]);
    let gitlab = [("CI_NODE_INDEX", "2"), ("CI_NODE_TOTAL", "3")];
    let said = "shard 2/3 of the runs, as CI_NODE_INDEX and CI_NODE_TOTAL of GitLab say\n";
    let (out, _) = place.run_with("test mine.json --seeds 6", 0, &gitlab);
    has(&out, &[said, "1 scenario, 2 runs"]);
    let (out, _) = place.run_with("sweep mine.json --seeds 6 --quiet", 0, &gitlab);
    has(&out, &[said, "all 2 runs: pass"]);
    let (out, _) = place.run_with("test mine.json --seeds 6 --shard 1/1", 0, &gitlab);
    has(&out, &["1 scenario, 6 runs"]);
    let wrong = [("CI_NODE_INDEX", "0"), ("CI_NODE_TOTAL", "3")];
    let (_, err) = place.run_with("test mine.json --seeds 6", 64, &wrong);
    has(&err, &["CI_NODE_INDEX is 0", "--shard 1/1 for all runs"]);
}
