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

    /// Checks that a command fails, prints nothing, and says this. `test` says it in its results.
    #[track_caller]
    fn refuses(&self, arguments: &str, code: i32, said: &[&str]) {
        let (stdout, stderr) = self.run(arguments, code);
        let is_test = arguments.starts_with("test ");
        let stderr = if is_test { stdout.clone() + &stderr } else { stderr };
        assert!(is_test || stdout.is_empty(), "{arguments}: {stdout}");
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
        place.refuses(&arguments, 66, &[&format!("cannot read {misspelt}: "), &meant]);
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

#[test]
fn what_is_not_understood_leads_to_what_would_be() {
    let place = Place::new();
    fs::create_dir(place.path("scenarios")).unwrap();
    place.write("scenarios/elsewhere.json", &short_chat(EXPECT));
    for (typed, tips) in [
        ("chat.json", &["did you mean 'nodedown run chat.json'?"][..]),
        ("chat", &["did you mean 'nodedown run chat.json'?"]),
        ("elsewhere", &["did you mean 'nodedown run scenarios/elsewhere.json'?"]),
        ("elsewhere.json --quiet", &["'nodedown run scenarios/elsewhere.json --quiet'?"]),
        ("scenarios", &["did you mean 'nodedown test scenarios'?"]),
        ("record.json", &["did you mean 'nodedown replay record.json'?"]),
        ("lesson.transcript", &["did you mean 'nodedown shell lesson.transcript'?"]),
        ("history.jsonl", &["did you mean 'nodedown check --model MODEL history.jsonl'?"]),
        ("fuzz chat.json", &["did you mean 'nodedown sweep chat.json'?"]),
        ("run chat.json --seeds 1..3", &["'nodedown sweep chat.json --seeds 1..3'", "'--seed 1'"]),
        ("explain chat.json --seeds=4", &["'nodedown sweep chat.json --seeds 4'", "'--seed 4'"]),
        ("run chat.json --seeds", &["'nodedown run' takes one seed: '--seed N'"]),
        ("sweep chat.json --seed 4", &["'--seeds 4..4'"]),
        ("test --seed=4 chat.json", &["'--seeds 4..4'"]),
        ("sweep chat.json --seed 1..4", &["write '--seeds 1..4'"]),
        ("sweep chat.json -n 3", &["'--seeds'"]),
        ("sweep chat.json --count 3", &["'--seeds'"]),
        ("test chat.json --threads 3", &["'--jobs'"]),
        ("sweep chat.json --output x", &["'--out'"]),
        ("run chat.json -s 3", &["'--seed'"]),
        ("run chat.json --trcae x", &["'--trace'"]),
    ] {
        place.refuses(typed, 64, &[&["tip: "], tips].concat());
    }
    for nothing in
        ["run chat.json -n", "run chat.json --verbose", "run chat.json --count", "list -v"]
    {
        let (_, err) = place.run(nothing, 64);
        assert!(!err.contains("tip:") && err.contains("unexpected argument"), "{nothing}\n{err}");
    }
}

#[test]
fn tips_do_what_they_say() {
    let place = Place::new();
    for typed in ["run chat.json --seeds 1..3", "explain chat.json --seeds 2", "chat"] {
        let (_, err) = place.run(typed, 64);
        let tip = err.split("'nodedown ").nth(1).and_then(|rest| rest.split('\'').next());
        place.run(tip.unwrap(), 0);
    }
    let (out, _) = place.run("sweep chat.json --seeds 4..4", 0);
    assert!(out.contains("seeds 4..4") && out.contains("1 run: pass"), "{out}");
}

#[test]
fn a_scenario_is_found_by_its_name() {
    let place = Place::new();
    fs::create_dir(place.path("scenarios")).unwrap();
    place.write("scenarios/elsewhere.json", &short_chat(EXPECT));
    let mut found = 0;
    for reader in READERS {
        let (command, file) = reader.rsplit_once(' ').unwrap();
        if file != "chat.json" || command == "diff" || command == "shrink" {
            continue;
        }
        let more = match command {
            "sweep" | "test" => "--seeds 1",
            "prove" => "--nodes db1@a --before 7s",
            _ => "",
        };
        for name in ["chat", "elsewhere", "elsewhere.json", "scenarios/elsewhere"] {
            place.run(&format!("{command} {name} {more}"), 0);
            found += 1;
        }
    }
    assert_eq!(found, 24);
    place.run("diff chat elsewhere", 0);
    // What is here comes first.
    place.write("elsewhere.json", "{}");
    place.refuses("run elsewhere", 64, &["elsewhere.json"]);
    place.refuses("run elsewhere.jsn", 66, &["did you mean elsewhere.json?"]);
    place.refuses("run scenarois/elsewhere.json", 66, &["did you mean scenarios/elsewhere.json?"]);
    let tests = "`nodedown test scenarios` runs all scenarios in it";
    for command in ["run", "sweep", "explain", "plan", "prove", "shrink"] {
        place.refuses(&format!("{command} scenarios"), 66, &["it is a folder", tests]);
    }
}

#[test]
fn as_many_seeds_mean_the_same_everywhere() {
    let place = Place::new();
    place.write("own.json", &short_chat(&format!("\"seed\": 7, {EXPECT}")));
    let seeds = |name: &str| {
        let text = place.read(name);
        let lines = text.lines().skip(1).map(|line| line.split(',').nth(1).unwrap().to_owned());
        lines.collect::<Vec<_>>()
    };
    for (typed, expected) in
        [("3", ["7", "8", "9"]), ("1..3", ["1", "2", "3"]), ("5,2,9", ["5", "2", "9"])]
    {
        for command in ["sweep", "test"] {
            place.run(&format!("{command} own.json --seeds {typed} --csv runs.csv"), 0);
            assert_eq!(seeds("runs.csv"), expected, "{command} --seeds {typed}");
        }
    }
    for command in ["sweep", "test"] {
        place.refuses(&format!("{command} own.json --seeds 0"), 64, &["0 seeds are none"]);
        place.refuses(&format!("{command} own.json --seeds -3"), 64, &["\"-3\" is no seed"]);
    }
}

#[test]
fn a_dash_is_standard_input() {
    let place = Place::new();
    let mut fed = 0;
    for reader in READERS {
        let (command, file) = reader.rsplit_once(' ').unwrap();
        let more = match command {
            "sweep" | "test" => "--seeds 1",
            "prove" => "--nodes db1@a --before 7s",
            "diff" => "chat.json",
            _ => "",
        };
        let input = fs::read(place.path(file)).unwrap();
        let output = place.feed(&format!("{command} - {more}"), &input, &[]);
        let err = String::from_utf8(output.stderr).unwrap();
        // There is nothing to shrink.
        let code = if command == "shrink" { 3 } else { 0 };
        assert_eq!(output.status.code(), Some(code), "{command} -\n{err}");
        fed += 1;
    }
    assert_eq!(fed, READERS.len());
    let output = place.feed("run -", b"{ \"duration\": 90 }", &[]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("--> -:1:15"));
    assert!(!place.path("-").exists());
}

#[test]
fn a_dash_is_standard_output() {
    let place = Place::new();
    place.run("run chat.json --trace trace.jsonl --quiet", 0);
    place.run("sweep chat.json --seeds 2 --csv runs.csv --junit runs.xml --quiet", 0);
    for (typed, file, said) in [
        ("run chat.json --record -", "record.json", "verdict: pass"),
        ("run chat.json --trace -", "trace.jsonl", "verdict: pass"),
        ("run chat.json --history -", "history.jsonl", "verdict: pass"),
        ("replay record.json --trace -", "trace.jsonl", "the same run"),
        ("sweep chat.json --seeds 2 --csv -", "runs.csv", "all 2 runs: pass"),
        ("sweep chat.json --seeds 2 --out -", "results.json", "all 2 runs: pass"),
        ("merge results.json --out -", "results.json", "all 2 runs: pass"),
        ("merge results.json --csv -", "runs.csv", "all 2 runs: pass"),
    ] {
        let (out, err) = place.run(typed, 0);
        assert_eq!(out, place.read(file), "{typed}");
        assert!(err.contains(said), "{typed}\n{err}");
    }
    let (out, _) = place.run("test chat.json --seeds 2 --junit -", 0);
    assert!(out.starts_with("<?xml") && out.trim_end().ends_with("</testsuites>"), "{out}");
    assert!(!place.path("-").exists());
}

#[test]
fn outputs_do_not_write_over_each_other() {
    let place = Place::new();
    place.write("kept", "precious");
    let groups = [
        ("run", ["--trace", "--history", "--record"]),
        ("sweep", ["--out", "--csv", "--junit"]),
        ("test", ["--out", "--csv", "--junit"]),
    ];
    let pairs = groups.iter().flat_map(|(command, options)| {
        let each = options.iter().flat_map(|one| options.map(|other| (*command, *one, other)));
        each.collect::<Vec<_>>()
    });
    let mut refused = 0;
    for (command, one, other) in pairs.filter(|(_, one, other)| one != other) {
        for (file, same) in [("kept", "./kept"), ("new", "./new"), ("-", "-")] {
            let said = if file == "-" { "both write to standard output" } else { "both write to " };
            let typed = format!("{command} chat.json {one} {file} {other} {same}");
            place.refuses(&typed, 64, &[said, one, other]);
            refused += 1;
        }
    }
    assert_eq!(refused, 54);
    for (command, option) in [
        ("run", "--record"),
        ("sweep", "--out"),
        ("test", "--csv"),
        ("prove", "--save"),
        ("shrink", "--out"),
    ] {
        let typed = format!("{command} chat.json --json {option} -");
        place.refuses(&typed, 64, &["--json and", "both write to standard output"]);
    }
    assert_eq!(place.read("kept"), "precious");
    assert!(!place.path("new").exists());
    place.run("run chat.json --quiet --trace /dev/null --history /dev/null", 0);
}

#[cfg(unix)]
#[test]
fn links_to_a_file_are_that_file() {
    let place = Place::new();
    std::os::unix::fs::symlink("chat.json", place.path("soft.json")).unwrap();
    fs::hard_link(place.path("chat.json"), place.path("hard.json")).unwrap();
    let before = place.read("chat.json");
    for link in ["soft.json", "hard.json"] {
        place.refuses(&format!("run chat.json --record {link}"), 66, &["it is read as well"]);
        place.refuses(&format!("sweep chat.json --csv {link}"), 66, &["it is read as well"]);
    }
    assert_eq!(place.read("chat.json"), before);
    // What cannot be read for another reason than its name is not said to be meant.
    std::os::unix::fs::symlink("loop.json", place.path("loop.json")).unwrap();
    let (_, err) = place.run("run loop.json", 66);
    assert!(
        err.starts_with("error: cannot read loop.json: ") && !err.contains("did you mean"),
        "{err}"
    );
    let (_, err) = place.run("run chat.json/x.json", 66);
    assert!(!err.contains("did you mean"), "{err}");
}

#[test]
fn text_in_utf_8_is_read_and_other_files_are_told_for_what_they_are() {
    let place = Place::new();
    for reader in READERS {
        let (command, file) = reader.rsplit_once(' ').unwrap();
        let text = fs::read(place.path(file)).unwrap();
        let kinds: [(Vec<u8>, &str); 4] = [
            ([b"\xff\xfe".as_slice(), &text].concat(), "it is text in UTF-16"),
            (text.iter().flat_map(|byte| [*byte, 0]).collect(), "it is text in UTF-16"),
            (b"\x1f\x8b\x08\0".to_vec(), "it is compressed with gzip"),
            (
                [b"\n\n  \xe9 ".as_slice(), &text].concat(),
                "line 3, column 3: the byte E9 is not UTF-8",
            ),
        ];
        for (bytes, said) in kinds {
            fs::write(place.path("odd"), bytes).unwrap();
            let more = if command == "diff" { "chat.json" } else { "" };
            place.refuses(&format!("{command} odd {more}"), 66, &["cannot read odd: ", said]);
        }
    }
    let marked = [b"\xef\xbb\xbf".as_slice(), short_chat(EXPECT).as_bytes()].concat();
    fs::write(place.path("marked.json"), marked).unwrap();
    place.run("run marked.json --quiet", 0);
    place.run("sweep marked.json --seeds 1", 0);
    let mistaken = [b"\xef\xbb\xbf".as_slice(), b"{ \"duration\": 90 }"].concat();
    fs::write(place.path("marked.json"), mistaken).unwrap();
    place.refuses("run marked.json", 64, &["--> marked.json:1:15", "\"90s\""]);
}

#[test]
fn values_that_are_nearly_right_are_told_what_to_write() {
    let place = Place::new();
    let scenario = |fields: &str| short_chat(&format!("{fields}, {EXPECT}"));
    let chat = short_chat(EXPECT);
    for (text, said) in [
        (
            chat.replace(
                "\"expect\": [",
                "\"expect\": [{ \"availability\": \"users\", \"at_least\": 99.9 }, ",
            ),
            "did you mean \"99.9%\"?",
        ),
        (
            chat.replace(
                "\"expect\": [",
                "\"expect\": [{ \"availability\": \"users\", \"at_least\": \"99.9\" }, ",
            ),
            "did you mean \"99.9%\"?",
        ),
        (
            chat.replace("\"duration\": \"14s\"", "\"duration\": \"30s1m\""),
            "the larger unit comes first",
        ),
        (
            chat.replace("\"duration\": \"14s\"", "\"duration\": \"1m30\""),
            "write \"30s\" or \"30ms\"",
        ),
    ] {
        place.write("near.json", &text);
        place.refuses("run near.json", 64, &[said, "--> near.json:"]);
    }
    place.write("long.json", &scenario("\"seed\": 1").replace("\"14s\"", "\"0m14s\""));
    place.run("run long.json --quiet", 0);
    place.run("sweep long.json --until 1m30s --seeds 1 --quiet", 0);
    for (fault, said) in [
        (
            "\"crash\": \"db1@a\", \"restart_after\": \"8s\"",
            "the run is over at 14s, before the restart at 14s",
        ),
        (
            "\"partition\": [[\"db1@a\"], [\"db2@b\", \"web@a\"]], \"heal_after\": \"1m\"",
            "the run is over at 14s, before the heal at 66s",
        ),
        (
            "\"pause\": \"db1@a\", \"for\": \"9s\"",
            "the run is over at 14s, before the end of this fault at 15s",
        ),
    ] {
        place.write("late.json", &chat.replace("\"crash\": \"db1@a\"", fault));
        let (_, err) = place.run("plan late.json", 0);
        assert!(err.contains("warning: ") && err.contains(said), "{fault}\n{err}");
    }
    place.write(
        "late.json",
        &chat.replace("\"crash\": \"db1@a\"", "\"crash\": \"db1@a\", \"restart_after\": \"2s\""),
    );
    assert_eq!(place.run("plan late.json", 0).1, "");
}

#[test]
fn a_run_that_is_given_up_says_so_once() {
    let place = Place::new();
    let expect = EXPECT.replace("] ", "").replace(
        " }]",
        " }, { \"lost_acknowledged\": \"users\" }, { \"single_instance\": \"database\" }]",
    );
    place.write("short.json", &short_chat(&format!("\"event_budget\": 300, {expect}")));
    let (out, _) = place.run("run short.json --quiet", 2);
    assert_eq!(out.matches("`event_budget` used up at ").count(), 1, "{out}");
    assert!(!out.contains("no fault was injected"), "{out}");
    assert_eq!(out.lines().filter(|line| line.starts_with('?')).count(), 3, "{out}");
}

#[test]
fn no_more_threads_are_started_than_there_are_runs() {
    let place = Place::new();
    place.run("sweep chat.json --seeds 2 --jobs 100000 --quiet", 0);
    place.run("test chat.json --seeds 2 --jobs 100000", 0);
    place.run("prove chat.json --nodes db1@a --before 7s --jobs 100000", 0);
}

#[test]
fn what_was_never_seen_is_a_line_unless_it_is_asked_for() {
    let place = Place::new();
    let never = |text: &str| text.lines().filter(|line| line.contains("never")).count();
    let (out, _) = place.run("sweep chat.json --seeds 2", 0);
    assert!(out.contains("(--coverage lists them)") && never(&out) == 1, "{out}");
    let (out, _) = place.run("sweep chat.json --seeds 2 --coverage", 0);
    assert!(out.contains("never: ") && never(&out) > 3, "{out}");
    let (out, _) = place.run("sweep chat.json --until 0s", 3);
    assert_eq!(never(&out), 0, "{out}");
    let (out, _) = place.run("merge results.json", 0);
    assert_eq!(never(&out), 1, "{out}");
}

#[test]
fn text_fits_into_the_terminal() {
    let place = Place::new();
    for (width, columns) in [(40, "40"), (80, "80"), (100, "100")] {
        for typed in [
            "run chat.json",
            "explain chat.json",
            "explain linearizable",
            "sweep chat.json --seeds 2 --coverage",
            "test chat.json --seeds 2",
            "prove chat.json --nodes db1@a --before 7s",
            "list",
        ] {
            let output = place.feed(typed, b"", &[("COLUMNS", columns)]);
            let out = String::from_utf8(output.stdout).unwrap();
            assert!(output.status.success() && out.lines().count() > 1, "{typed}\n{out}");
            let copied = |line: &&str| {
                let line = line.trim_start();
                ["nodedown ", "why: ", "replay: "].iter().any(|start| line.starts_with(start))
            };
            for line in out.lines().filter(|line| !copied(line)) {
                let longest = line.split_whitespace().map(|word| word.chars().count()).max();
                let fits = line.chars().count() <= width.max(longest.unwrap_or(0) + 24);
                assert!(fits, "{typed} at {width}: {line}");
            }
            let wide = place.feed(typed, b"", &[]).stdout;
            let words = |text: &str| {
                let mut words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
                words.sort_unstable();
                words
            };
            // Titles of columns come again with each row, but no word is broken.
            let wide = words(&String::from_utf8(wide).unwrap());
            for word in words(&out) {
                let plain = word.trim_end_matches(':');
                assert!(
                    wide.iter().any(|other| other.trim_end_matches(':') == plain),
                    "{typed} at {width}: {word}"
                );
            }
        }
    }
}

#[test]
fn words_are_explained_and_told_from_files() {
    let place = Place::new();
    fs::create_dir(place.path("scenarios")).unwrap();
    place.write("scenarios/takeover.json", &short_chat(EXPECT));
    for (typed, said) in [
        ("explain masking", "masking: The best of four kinds"),
        ("explain Fail-safe", "fail-safe: "),
        ("explain net ticks", "net tick: "),
        ("explain dist_ac", "dist_ac: "),
        ("explain rto", "RTO: "),
        ("explain takeover", "takeover: "),
        (
            "explain takeover",
            "for the scenario of that name: nodedown explain scenarios/takeover.json",
        ),
        ("explain scenarios/takeover", "a short chat"),
        ("explain chat", "a short chat"),
        ("explain --words", "linearizable: "),
    ] {
        let (out, _) = place.run(typed, 0);
        assert!(out.contains(said), "{typed}\n{out}");
    }
    place.write("masking", &short_chat(EXPECT));
    assert!(place.run("explain masking", 0).0.contains("a short chat"));
    for (typed, code, said) in [
        ("explain maskng", 66, "did you mean the word `masking`?"),
        ("explain chatt", 66, "did you mean chat.json?"),
        ("explain zebra", 66, "`nodedown explain --words` lists the words"),
        ("explain chat.json record.json", 64, "one file is explained at a time"),
        ("explain", 64, "<FILE|WORD>"),
    ] {
        place.refuses(typed, code, &[said]);
    }
}

#[test]
fn the_words_of_verdicts_have_entries() {
    for word in [
        "pass",
        "violated",
        "inconclusive",
        "masking",
        "fail-safe",
        "nonmasking",
        "not even fail-safe",
        "disturbed",
        "RTO",
        "RPO",
        "p50",
        "p99",
        "availability",
        "error budget",
        "acknowledged",
        "lost",
        "missing for a time",
        "duplicated effects",
        "detection",
        "served again",
        "started again",
        "two primaries",
        "failover",
        "takeover",
        "linearizable",
        "sequential",
        "eventual",
        "read_your_writes",
        "monotonic_reads",
        "at_least_once",
        "at_most_once",
        "witness",
        "twin",
        "without faults",
        "points",
        "classes",
        "untested",
        "left out",
        "masked",
        "record",
        "digest",
        "dist_ac",
        "nodedown",
        "net tick",
        "operation",
        "unknown",
        "transparent",
        "single_instance",
        "lost_acknowledged",
        "recovery_time",
        "recovery_point",
        "verdict",
        "event_budget",
    ] {
        assert!(nodedown::glossary::entry(word).is_some(), "{word}");
    }
}

#[test]
fn a_test_that_unwraps_shows_what_is_wrong_and_not_the_file() {
    let text = format!("{{ \"duration\": 90 }}{}", " ".repeat(10_000));
    let error = nodedown::scenario::Scenario::parse(
        &text,
        "bad.json",
        &nodedown::shape::Catalogue::default(),
    );
    let shown = format!("{:?}", error.unwrap_err());
    assert!(shown.contains("bad.json:1:15") && shown.contains("\"90s\""), "{shown}");
    assert!(!shown.contains("Diagnostic {") && shown.len() < 4_000, "{shown}");
}
