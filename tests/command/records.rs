//! Records from the command line: made, replayed, compared, run and explained; and what is said
//! where one is not what it was.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;

/// A folder with a scenario and what is made of it.
struct Desk {
    folder: tempfile::TempDir,
}

/// What a command printed, both ways, and its exit code.
struct Printed {
    out: String,
    err: String,
    code: i32,
}

const SCENARIO: &str = r#"{
  "name": "the database moves",
  "seed": 5,
  "duration": "20s",
  "hosts": { "x": {}, "y": {} },
  "nodes": { "a@x": { "host": "x" }, "b@y": { "host": "y" }, "w@x": { "host": "x" } },
  "sync_nodes": { "optional": ["a@x", "b@y", "w@x"], "timeout": "1s" },
  "applications": {
    "database": { "distributed": { "nodes": ["a@x", "b@y"] } },
    "http": { "nodes": ["w@x"] },
  },
  "workload": {
    "users": { "client": "chat_user", "on": "w@x", "count": 2, "rate": "4/s", "from": "2s", "until": "15s" },
  },
  "faults": [{ "at": "5s", "crash": "a@x" }],
  "expect": [{ "transparent": "users", "within": "2s" }],
}
"#;

impl Desk {
    fn new() -> Desk {
        let desk = Desk { folder: tempfile::tempdir().unwrap() };
        desk.write("scenario.json", SCENARIO);
        desk
    }

    /// A desk with a record of the scenario.
    fn with_record() -> Desk {
        let desk = Desk::new();
        desk.run(&["run", "scenario.json", "--quiet", "--record", "record.json"]).code(0);
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Writes a file anew with one part of it replaced.
    #[track_caller]
    fn edit(&self, name: &str, part: &str, replacement: &str) {
        let text = self.read(name);
        assert!(text.contains(part), "no {part} in {name}");
        self.write(name, &text.replacen(part, replacement, 1));
    }

    fn run(&self, arguments: &[&str]) -> Printed {
        let mut command = Command::cargo_bin("nodedown").unwrap();
        let command = command.current_dir(self.folder.path()).args(arguments);
        let output = command.env("NO_COLOR", "1").output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let code = output.status.code().unwrap();
        Printed { out: text(output.stdout), err: text(output.stderr), code }
    }
}

impl Printed {
    #[track_caller]
    fn code(self, code: i32) -> Printed {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    fn says(self, parts: &[&str]) -> Printed {
        for part in parts {
            assert!(self.out.contains(part), "no {part:?} in\n{}", self.out);
        }
        self
    }

    #[track_caller]
    fn complains(self, parts: &[&str]) -> Printed {
        for part in parts {
            assert!(self.err.contains(part), "no {part:?} in\n{}", self.err);
        }
        self
    }
}

/// The text of the field with this name, which stands in a line of its own.
fn field<'a>(text: &'a str, name: &str) -> &'a str {
    let start = format!("  \"{name}\": ");
    let line = text.lines().find(|line| line.starts_with(&start)).unwrap();
    line[start.len()..].trim_end_matches(',').trim_matches('"')
}

#[test]
fn a_record_is_replayed_to_the_same_run() {
    let desk = Desk::with_record();
    let text = desk.read("record.json");
    let same = format!("record.json: the same run: digest {}", field(&text, "digest"));
    let printed = desk.run(&["replay", "record.json"]).code(0).says(&[&same, "verdict pass"]);
    assert!(!printed.out.contains("note"), "{}", printed.out);
    desk.run(&["run", "scenario.json", "--quiet", "--record", "again.json", "--trace", "t.jsonl"]);
    assert_eq!(text, desk.read("again.json"));
    desk.run(&["diff", "record.json", "again.json"]).code(0).says(&["the same"]);
}

#[test]
fn several_runs_have_a_record_each() {
    let desk = Desk::new();
    desk.edit(
        "scenario.json",
        "\"hosts\"",
        "\"transport\": [\"distribution\", \"json_http\"], \"hosts\"",
    );
    desk.run(&["run", "scenario.json", "--quiet", "--record", "record.json"]).code(0);
    desk.run(&["replay", "record-2.json"]).code(0).says(&["the same run"]);
    let parts = ["What was to happen\n  transport\n  - \"distribution\"\n  + \"json_http\"\n"];
    desk.run(&["diff", "record.json", "record-2.json"]).code(1).says(&parts);
}

#[test]
fn what_has_changed_around_a_record_is_said() {
    let desk = Desk::with_record();
    desk.edit("scenario.json", "20s", "21s");
    let same = ["the same run", "note: scenario.json has changed since; the recorded plan was"];
    desk.run(&["replay", "record.json"]).code(0).says(&same);
    fs::remove_file(desk.path("scenario.json")).unwrap();
    let same = ["the same run", "note: scenario.json, which it was made from, cannot be read"];
    desk.run(&["replay", "record.json"]).code(0).says(&same);
    let own = format!("\"nodedown\": \"{}\"", env!("CARGO_PKG_VERSION"));
    desk.edit("record.json", &own, "\"nodedown\": \"0.0.1\"");
    let same = ["the same run", "note: it was made with nodedown 0.0.1; this is"];
    desk.run(&["replay", "record.json"]).code(0).says(&same);
}

#[test]
fn a_replay_that_differs_shows_the_first_record_that_does() {
    let desk = Desk::with_record();
    desk.edit(
        "record.json",
        "{ \"at\": \"5s\", \"crash\": \"a@x\" }",
        "{ \"at\": \"6s\", \"crash\": \"a@x\" }",
    );
    let expected = [
        "record.json: not the same run",
        "--- recorded with nodedown",
        "+++ replayed with nodedown",
        " records are the same, the last of them",
        "  - 5.000000000s       fault_injected fault=0 text=\"a@x crashes\"",
        "message by message the runs are the same up to 4.",
    ];
    let printed = desk.run(&["replay", "record.json"]).code(1).says(&expected);
    assert!(!printed.out.contains("What was to happen"), "{}", printed.out);
    let warning = ["this run differs from the recorded one"];
    desk.run(&["run", "record.json", "--quiet"]).code(0).complains(&warning);
}

#[test]
fn a_digest_that_alone_differs_is_told_from_a_run_that_does() {
    let desk = Desk::with_record();
    let text = desk.read("record.json");
    desk.edit("record.json", field(&text, "digest"), "0123456789abcdef");
    let expected = [
        "not the same run",
        "all records of the story are the same, but not what is between them",
        "  - digest 0123456789abcdef",
    ];
    desk.run(&["replay", "record.json"]).code(1).says(&expected);
    // The record cannot be run again: there is no full trace to compare with.
    desk.run(&["diff", "record.json", "scenario.json"]).code(1).says(&expected[1..]);
    let desk = Desk::with_record();
    desk.edit("record.json", "\"verdict\": \"pass\"", "\"verdict\": \"violated\"");
    let expected = [
        "the same run, but another verdict or other findings",
        "  verdict\n  - violated\n  + pass\n",
    ];
    desk.run(&["replay", "record.json"]).code(1).says(&expected);
}

#[test]
fn a_difference_goes_from_the_plan_to_the_first_message_to_the_verdict() {
    let desk = Desk::with_record();
    desk.edit("scenario.json", "\"at\": \"5s\"", "\"at\": \"5.5s\"");
    desk.edit("scenario.json", "\"within\": \"2s\"", "\"within\": \"1ms\"");
    let expected = [
        "--- record.json\n+++ scenario.json\nWhat was to happen\n",
        "  faults\n  - { \"at\": \"5s\", \"crash\": \"a@x\" }\n  + { \"at\": \"5.5s\", \"crash\": \"a@x\" }\n",
        "What happened\n",
        "fault_injected fault=0 text=\"a@x crashes\"",
        "What came of it\n",
        "  verdict\n  - pass\n  + violated\n",
    ];
    let printed = desk.run(&["diff", "record.json", "scenario.json"]).code(1).says(&expected);
    assert!(!printed.out.contains("message by message"), "{}", printed.out);
    // The other way round it is the same run, with the seed of the record.
    desk.edit("scenario.json", "\"seed\": 5", "\"seed\": 77");
    let printed = desk.run(&["diff", "scenario.json", "record.json"]).code(1);
    assert!(!printed.out.contains("seed"), "{}", printed.out);
}

#[test]
fn traces_are_compared_message_by_message() {
    let desk = Desk::with_record();
    desk.run(&["replay", "record.json", "--trace", "one.jsonl"]).code(0);
    desk.run(&["run", "scenario.json", "--quiet", "--seed", "6", "--trace", "two.jsonl"]).code(0);
    let text = desk.read("one.jsonl");
    desk.write("three.jsonl", &text);
    desk.run(&["diff", "one.jsonl", "three.jsonl"]).code(0).says(&["the same"]);
    let expected = ["--- one.jsonl\n+++ two.jsonl\n", "records are the same", "  then\n  - "];
    desk.run(&["diff", "one.jsonl", "two.jsonl"]).code(1).says(&expected);
    desk.write("three.jsonl", &(text + "oops\n"));
    let broken = ["three.jsonl: line ", "is no trace record"];
    desk.run(&["diff", "one.jsonl", "three.jsonl"]).code(64).complains(&broken);
    let unlike = ["one.jsonl is a trace, and record.json is not"];
    desk.run(&["diff", "record.json", "one.jsonl"]).code(64).complains(&unlike);
}

#[test]
fn a_record_stands_for_its_plan() {
    let desk = Desk::with_record();
    let digest = field(&desk.read("record.json"), "digest").to_owned();
    desk.run(&["run", "record.json", "--json"]).code(0).says(&[&digest]);
    let explained = ["a@x crashes at 5.000s", "from the fault to the answer"];
    desk.run(&["explain", "record.json"]).code(0).says(&explained);
    let plan = desk.run(&["plan", "record.json"]).code(0);
    assert_eq!(plan.out, desk.run(&["plan", "scenario.json"]).out);
    desk.write("plan.json", &plan.out);
    desk.run(&["run", "plan.json", "--json"]).code(0).says(&[&digest]);
    desk.run(&["diff", "plan.json", "record.json"]).code(0);
    let other = desk.run(&["plan", "scenario.json", "--seed", "6"]).code(0);
    assert!(other.out.contains("\"seed\": 6"), "{}", other.out);
    desk.run(&["run", "record.json", "--quiet", "--record", "next.json"]).code(0);
    assert_eq!(desk.read("next.json"), desk.read("record.json"));
}

#[test]
fn what_is_asked_for_on_the_command_line_is_in_the_record() {
    let desk = Desk::new();
    desk.edit("scenario.json", "\"count\": 2", "\"count\": 2, \"claims\": [\"at_most_once\"]");
    let run = ["run", "scenario.json", "--quiet", "--placements", "1", "--record", "record.json"];
    desk.run(&run).code(0);
    desk.run(&["replay", "record.json"]).code(0).says(&["the same run"]);
}

#[test]
fn a_verdict_that_is_not_meant_says_how_to_go_on() {
    let desk = Desk::new();
    desk.edit("scenario.json", "\"within\": \"2s\"", "\"within\": \"1ms\"");
    let lines = [
        "why: nodedown explain scenario.json --seed 5\n",
        "look: nodedown view scenario.json --seed 5 --focus 0\n",
        "replay: nodedown run scenario.json --quiet --seed 5\n",
    ];
    desk.run(&["run", "scenario.json", "--quiet"]).code(1).says(&lines);
}

#[test]
fn mistakes_in_records_are_reported_at_once_with_their_places() {
    let desk = Desk::with_record();
    desk.edit("record.json", "\"crash\": \"a@x\"", "\"crash\": \"c@x\"");
    desk.edit("record.json", "\"do\": \"read\"", "\"do\": \"raed\"");
    desk.edit("record.json", "\"ended_at\"", "\"endde_at\"");
    let wanted = [
        "--> record.json:",
        "unknown node `c@x`",
        "did you mean `a@x`?",
        "did you mean `read`?",
        "unknown field `endde_at`",
        "did you mean `ended_at`?",
    ];
    for command in ["replay", "run", "explain"] {
        desk.run(&[command, "record.json"]).code(64).complains(&wanted);
    }
}

#[test]
fn what_is_no_record_is_told_from_one_that_cannot_be_read() {
    let desk = Desk::with_record();
    let text = desk.read("record.json");
    desk.run(&["replay", "scenario.json"]).code(64).complains(&[
        "error: this is no record: it has no field `record`",
        "nodedown run FILE --record RECORD",
    ]);
    desk.write("cut.json", &text[..text.len() / 2]);
    desk.run(&["replay", "cut.json"]).code(64).complains(&["--> cut.json:"]);
    desk.write("old.json", &text.replace("\"record\": 1,", "\"record\": 0,"));
    desk.run(&["replay", "old.json"]).code(64).complains(&[
        "this nodedown reads records of format 1, and this one is of format 0",
        "replay it with nodedown ",
    ]);
    desk.run(&["replay", "recrod.json"]).code(66).complains(&["did you mean record.json?"]);
    desk.run(&["diff", "record.json", "none.json"]).code(66).complains(&["none.json"]);
    let folder = ["run", "scenario.json", "--record", "no/such/folder.json"];
    desk.run(&folder).code(73).complains(&["no/such"]);
    assert!(Path::new(&desk.path("record.json")).exists());
}
