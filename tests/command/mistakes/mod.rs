//! What people get wrong on the command line: each mistake is told with its place and what to write
//! instead, and nothing is written over.

mod commands;
mod files;
mod outputs;
mod printed;
mod values;

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use assert_cmd::Command;
use tempfile::TempDir;

use crate::chat::short_chat;

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

    /// As [`Place::run`], with this on standard input and these variables.
    #[track_caller]
    fn feed(&self, arguments: &str, input: &[u8], variables: &[(&str, &str)]) -> Output {
        let mut command = Command::cargo_bin("nodedown").unwrap();
        command.current_dir(self.0.path()).args(arguments.split_whitespace()).env("NO_COLOR", "1");
        command.envs(variables.iter().copied()).write_stdin(input).output().unwrap()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
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
