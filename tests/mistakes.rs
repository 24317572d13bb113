//! What people get wrong on the command line: each mistake is told with its place and what to write
//! instead, and nothing is written over.

mod chat;

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use assert_cmd::Command;
use tempfile::TempDir;

use chat::short_chat;

/// A folder with a scenario, the record of a run of it, the results of a sweep, a history,
/// a transcript, and a folder.
struct Place(TempDir);

const EXPECT: &str = r#""expect": [{ "transparent": "users", "within": "2s" }]"#;

impl Place {
    fn new() -> Place {
        let place = Place(tempfile::tempdir().unwrap());
        place.write("chat.json", &short_chat(EXPECT));
        place.write("lesson.transcript", "> nodes a b\n");
        place.run("run chat.json --quiet --record record.json --history history.jsonl", 0);
        place.run("sweep chat.json --seeds 2 --quiet --out results.json", 0);
        fs::create_dir(place.path("folder")).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Runs a command, checks its exit code, and returns standard output and standard error.
    #[track_caller]
    fn run(&self, arguments: &str, code: i32) -> (String, String) {
        let mut command = Command::cargo_bin("nodedown").unwrap();
        command.current_dir(self.0.path()).args(arguments.split_whitespace()).env("NO_COLOR", "1");
        let Output { status, stdout, stderr } = command.output().unwrap();
        let [stdout, stderr] = [stdout, stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        assert_eq!(status.code(), Some(code), "{arguments}\n{stdout}\n{stderr}");
        (stdout, stderr)
    }

    /// Checks that a command fails, prints nothing, and says this.
    #[track_caller]
    fn refuses(&self, arguments: &str, code: i32, said: &[&str]) {
        let (stdout, stderr) = self.run(arguments, code);
        assert_eq!(stdout, "", "{arguments}");
        for part in said {
            assert!(stderr.contains(part), "{arguments}: no {part:?} in\n{stderr}");
        }
    }
}

/// The commands that read files, each with the right one.
const READERS: [&str; 13] = [
    "run chat.json",
    "plan chat.json",
    "sweep chat.json",
    "shrink chat.json",
    "test chat.json",
    "prove chat.json",
    "explain chat.json",
    "replay record.json",
    "diff chat.json",
    "merge results.json",
    "check --model log history.jsonl",
    "shell lesson.transcript",
    "shell --check lesson.transcript",
];

#[test]
fn a_file_that_is_not_there_is_named_with_the_one_that_was_meant() {
    let place = Place::new();
    for reader in READERS {
        let (command, file) = reader.rsplit_once(' ').unwrap();
        let misspelt = format!("{}{}", &file[..2], &file[1..]);
        let meant = format!("did you mean {file}?");
        let mut arguments = format!("{command} {misspelt}");
        if command == "diff" {
            arguments += " record.json";
        }
        place.refuses(&arguments, 66, &[&format!("error: cannot read {misspelt}: "), &meant]);
    }
}

#[test]
fn a_folder_is_no_file() {
    let place = Place::new();
    for reader in READERS {
        let (command, _) = reader.rsplit_once(' ').unwrap();
        match command {
            "test" => place.refuses("test folder", 3, &["there are no scenarios in folder"]),
            "diff" => place.refuses("diff folder chat.json", 66, &["cannot read folder: "]),
            _ => place.refuses(&format!("{command} folder"), 66, &["cannot read folder: "]),
        }
    }
}

#[test]
fn numbers_that_are_none_are_told_what_to_write() {
    let place = Place::new();
    let seed = "a seed is a whole number from 0 to 18446744073709551615";
    for (arguments, said) in [
        ("run chat.json --seed x", seed),
        ("shrink chat.json --seed -1", seed),
        ("explain chat.json --seed 1..9", "`nodedown sweep FILE --seeds 1..9` runs several"),
        ("shell --seed one", seed),
        ("sweep chat.json --jobs 0", "write a whole number from 1 on"),
        ("prove chat.json --jobs -1", "write a whole number from 1 on"),
        ("sweep chat.json --seeds 9..1", "9..1 runs backwards: write 1..9"),
        ("sweep chat.json --seeds a..9", "\"a\" is no seed"),
        ("sweep chat.json --shard 3/2", "there is no shard 3 of 2"),
        ("test chat.json --until 2", "write \"2s\" or \"2ms\""),
        ("run chat.json --sed 3", "'--seed'"),
        ("rum chat.json", "'run'"),
    ] {
        place.refuses(arguments, 64, &[said]);
    }
}

#[test]
fn files_of_another_kind_are_told_apart() {
    let place = Place::new();
    place.write("empty", "");
    place.write("several-lines.json", "{\n  \"client\": 0,\n  \"name\": \"read\"\n}\n");
    for (arguments, said) in [
        ("replay chat.json", "this is no record"),
        ("merge chat.json", "these are no results of runs: "),
        ("merge chat.json", "--> chat.json:"),
        ("merge empty", "--> empty:1:1"),
        ("check --model log several-lines.json", "expected an object on each line"),
        ("check --model log several-lines.json", "--> several-lines.json:1:1"),
        ("shell --check chat.json", "chat.json:1: expected `> ` and a command"),
    ] {
        place.refuses(arguments, 64, &[said]);
    }
    let (_, err) = place.run("check --model log several-lines.json", 64);
    assert_eq!(err.matches("error: ").count(), 1, "{err}");
    let (out, _) = place.run("shell --check empty", 3);
    assert_eq!(out, "empty: there are no commands in it\n");
    let (out, _) = place.run("test empty", 64);
    assert!(out.ends_with("0 scenarios, 0 runs; 1 file is no scenario\n"), "{out}");
}

#[test]
fn a_record_is_run_wherever_a_scenario_is() {
    let place = Place::new();
    let (out, _) = place.run("sweep record.json --seeds 3 --quiet", 0);
    assert!(out.contains("all 3 runs: pass"), "{out}");
    let (out, _) = place.run("test record.json --seeds 1", 0);
    assert!(out.contains("1 scenario, 1 run, all as expected"), "{out}");
    place.run("prove record.json --nodes db1@a --before 7s", 0);
}

#[test]
fn what_is_read_is_not_written_over() {
    let place = Place::new();
    let before = fs::read_to_string(place.path("chat.json")).unwrap();
    for command in [
        "run chat.json --trace",
        "run chat.json --history",
        "run chat.json --record ",
        "sweep chat.json --seeds 1 --out",
        "test chat.json --seeds 1 --junit",
        "prove chat.json --save",
        "shrink chat.json --out",
    ] {
        let said = "cannot write ./chat.json: it is read as well; write to another file";
        place.refuses(&format!("{command} ./chat.json"), 66, &[said]);
    }
    place.refuses("merge results.json --out results.json", 66, &["cannot write results.json"]);
    assert_eq!(fs::read_to_string(place.path("chat.json")).unwrap(), before);
}

#[test]
fn a_file_stays_as_it_was_until_there_is_something_to_write() {
    let place = Place::new();
    let kept = || fs::read_to_string(place.path("kept")).unwrap();
    place.write("kept", "precious");
    let nowhere = "cannot write nowhere/x: ";
    for command in ["run chat.json --record kept --trace", "sweep chat.json --out kept --csv"] {
        place.refuses(&format!("{command} nowhere/x"), 66, &[nowhere]);
        place.refuses(&format!("{command} folder"), 66, &["cannot write folder: "]);
        assert_eq!(kept(), "precious");
    }
    place.run("prove chat.json --nodes db1@a --before 7s --save kept", 0);
    assert_eq!(kept(), "precious");
    place.run("run chat.json --quiet --history kept", 0);
    assert!(kept().starts_with('{') && kept().ends_with("}\n"), "{}", kept());
}

#[test]
fn no_empty_file_is_left_behind() {
    let place = Place::new();
    place.run("prove chat.json --nodes db1@a --before 7s --save new", 0);
    place.refuses("sweep chat.json --out new --csv nowhere/x", 66, &["nowhere/x"]);
    assert!(!place.path("new").exists());
}
