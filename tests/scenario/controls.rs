//! Controls of `nodedown check`: for each model and each claim that it knows there are histories
//! that it has to accept, at least two that it has to reject, and one of which it has to say that
//! it does not know. What can be expected of a run has its controls in `src/check/tests`.

use std::collections::BTreeSet;
use std::path::Path;

use assert_cmd::Command;

/// Histories of operations that do not overlap: `0 write 3; 1 read nil -> 3`. Who does it, what it
/// is called, what it brings, and what it is answered with, if that is something else.
struct Controls {
    name: &'static str,
    accepted: &'static [&'static str],
    rejected: &'static [&'static str],
    unknown: &'static [&'static str],
}

/// One operation that a model has, to make a history that is too long for no memory at all.
const MODELS: &[(Controls, &str)] = &[
    (
        Controls {
            name: "register",
            accepted: &["0 write 1; 1 read nil -> 1; 0 write 2; 1 read nil -> 2"],
            rejected: &["0 write 1; 1 read nil", "0 write 1; 0 write 2; 1 read nil -> 1"],
            unknown: &[],
        },
        "0 write 1",
    ),
    (
        Controls {
            name: "cas-register",
            accepted: &["0 write 1; 1 cas [1 2]; 0 read nil -> 2"],
            rejected: &["0 write 1; 1 cas [2 3]", "0 write 1; 1 cas [1 2]; 0 read nil -> 1"],
            unknown: &[],
        },
        "0 write 1",
    ),
    (
        Controls {
            name: "map",
            accepted: &["0 put 1; 1 get nil -> 1; 0 delete nil; 1 get nil"],
            rejected: &[
                "1 get nil -> 1",
                "0 put 1; 0 put 2; 1 get nil -> 1",
                "0 put 1; 0 delete nil; 1 get nil -> 1",
            ],
            unknown: &[],
        },
        "0 put 1",
    ),
    (
        Controls {
            name: "append-map",
            accepted: &[r#"0 put "a"; 1 append "b"; 1 get nil -> "ab""#],
            rejected: &[
                r#"0 put "a"; 1 get nil -> """#,
                r#"0 append "a"; 1 get nil -> "aa""#,
                r#"0 append "a"; 1 delete nil; 1 get nil -> "a""#,
            ],
            unknown: &[],
        },
        r#"0 append "a""#,
    ),
    (
        Controls {
            name: "mutex",
            accepted: &["0 acquire nil; 0 release nil; 1 acquire nil"],
            rejected: &["0 acquire nil; 1 acquire nil", "0 release nil"],
            unknown: &[],
        },
        "0 acquire nil; 0 release nil",
    ),
    (
        Controls {
            name: "owned-mutex",
            accepted: &[
                "0 acquire nil; 0 release nil; 1 acquire nil",
                "0 acquire :a; 1 acquire :b -> false; 1 release :a; 1 acquire :b",
            ],
            rejected: &[
                "0 acquire nil; 1 release nil",
                "0 acquire nil; 0 acquire nil",
                "0 acquire :a; 0 release :b",
            ],
            unknown: &[],
        },
        "0 acquire nil; 0 release nil",
    ),
    (
        Controls {
            name: "reentrant-mutex",
            accepted: &[
                "0 acquire nil; 0 acquire nil; 0 release nil; 0 release nil; 1 acquire nil",
                "0 acquire nil; 1 acquire nil -> false; 1 release nil -> false",
            ],
            rejected: &[
                "0 acquire nil; 0 acquire nil; 0 release nil; 1 acquire nil",
                "0 acquire nil; 0 release nil; 0 release nil",
                "0 acquire nil; 0 acquire nil -> false",
            ],
            unknown: &[],
        },
        "0 acquire nil; 0 release nil",
    ),
    (
        Controls {
            name: "multi-register",
            accepted: &[
                "0 txn [[:w :x 1] [:w :y 2]]; 1 txn [[:r :y nil] [:w :y 3]] -> [[:r :y 2] [:w :y 3]]",
                "0 txn [[:r :x nil] [:w :x 1] [:r :x nil]] -> [[:r :x nil] [:w :x 1] [:r :x 1]]",
            ],
            rejected: &[
                "0 txn [[:w :x 1] [:w :y 1]]; 1 txn [[:r :x nil] [:r :y nil]] -> [[:r :x 1] [:r :y nil]]",
                "0 txn [[:w :x 1]]; 0 txn [[:w :x 2]]; 1 txn [[:r :x nil]] -> [[:r :x 1]]",
            ],
            unknown: &[],
        },
        "0 txn [[:w :x 1]]",
    ),
    (
        Controls {
            name: "bank",
            accepted: &[
                "0 read nil -> {:a 5 :b 0}; 1 transfer {:from :a :to :b :amount 3}; 0 read nil -> {:a 2 :b 3}",
                "1 transfer {:from :a :to :b :amount 3}; 0 read nil -> {:a 2 :b 3}",
            ],
            rejected: &[
                "0 read nil -> {:a 5}; 1 transfer {:from :a :to :b :amount 3}; 0 read nil -> {:a 5}",
                "0 read nil -> {:a 5}; 1 transfer {:from :a :to :b :amount 6}",
                "0 read nil -> {:a 5 :b -1}",
            ],
            unknown: &[],
        },
        "0 transfer {:from :a :to :b :amount 1}",
    ),
    (
        Controls {
            name: "queue",
            accepted: &["0 enqueue 1; 0 enqueue 2; 1 dequeue nil -> 1; 1 dequeue nil -> 2"],
            rejected: &["0 enqueue 1; 0 enqueue 2; 1 dequeue nil -> 2", "1 dequeue nil -> 1"],
            unknown: &[],
        },
        "0 enqueue 1; 0 dequeue nil -> 1",
    ),
    (
        Controls {
            name: "unordered-queue",
            accepted: &["0 enqueue 1; 0 enqueue 2; 1 dequeue nil -> 2; 1 dequeue nil -> 1"],
            rejected: &["0 enqueue 1; 1 dequeue nil", "0 enqueue 1; 1 drain nil -> [1 1]"],
            unknown: &[],
        },
        "0 enqueue 1; 0 dequeue nil -> 1",
    ),
    (
        Controls {
            name: "counter",
            accepted: &["0 add 3; 1 add -1; 0 read nil -> 2"],
            rejected: &["0 add 3; 1 read nil -> 2", "1 read nil -> 1"],
            unknown: &[],
        },
        "0 add 1",
    ),
    (
        Controls {
            name: "set",
            accepted: &[
                "0 add 1; 0 add 2; 1 read nil -> #{1 2}; 1 remove 1; 0 read nil -> #{2}",
                "0 add 1; 1 contains 1 -> true; 1 contains 2 -> [2 false]",
            ],
            rejected: &[
                "0 add 1; 1 read nil -> #{}",
                "1 read nil -> #{1}",
                "0 add 1; 1 contains 1 -> false",
                "0 add 1; 1 remove 1; 0 contains 1 -> true",
            ],
            unknown: &[],
        },
        "0 add 1",
    ),
    (
        Controls {
            name: "log",
            accepted: &["0 append 1; 0 append 2; 1 read nil -> [1 2]"],
            rejected: &[
                "0 append 1; 0 append 2; 1 read nil -> [2 1]",
                "0 append 1; 1 read nil -> []",
            ],
            unknown: &[],
        },
        "0 append 1",
    ),
];

const CLAIMS: &[Controls] = &[
    Controls {
        name: "read_your_writes",
        accepted: &["0 append 1; 1 read nil -> []; 0 read nil -> [1]"],
        rejected: &["0 append 1; 0 read nil -> []", "0 write 1; 0 write 2; 0 read nil -> 1"],
        unknown: &["0 append 1; 1 read nil -> []"],
    },
    Controls {
        name: "monotonic_reads",
        accepted: &["0 append 1; 1 read nil -> []; 1 read nil -> [1]"],
        rejected: &[
            "0 append 1; 1 read nil -> [1]; 1 read nil -> []",
            "0 write 1; 0 write 2; 1 read nil -> 2; 1 read nil -> 1",
        ],
        unknown: &[
            "0 append 1; 1 read nil -> [1]; 2 read nil -> []",
            "0 write 1; 0 write 2; 0 write 1; 1 read nil -> 2; 1 read nil -> 1",
        ],
    },
    Controls {
        name: "monotonic_writes",
        accepted: &["0 append 1; 0 append 2; 1 read nil -> [1 2]"],
        rejected: &["0 append 1; 0 append 2; 1 read nil -> [2 1]", "0 write 1; 1 read nil -> 2"],
        unknown: &["0 append 1; 0 append 2; 1 read nil -> [2]"],
    },
    Controls {
        name: "writes_follow_reads",
        accepted: &["0 append 1; 1 read nil -> [1]; 1 append 2; 0 read nil -> [1 2]"],
        rejected: &[
            "0 append 1; 1 read nil -> [1]; 1 append 2; 0 read nil -> [2 1]",
            "0 write 1; 1 read nil -> 2",
        ],
        unknown: &["0 append 1; 1 read nil -> [1]; 1 append 2; 0 read nil -> [1]"],
    },
    Controls {
        name: "eventual",
        accepted: &["0 append 1; 1 read nil -> [1]; 2 read nil -> [1]"],
        rejected: &[
            "0 write 1; 1 read nil -> 1; 2 read nil -> 2",
            "0 append 1; 1 read nil -> []; 2 read nil -> []",
        ],
        unknown: &["0 append 1; 1 read nil -> [1]"],
    },
    Controls {
        name: "at_most_once",
        accepted: &["0 append 1; 1 read nil -> [1]", "0 enqueue 1; 1 dequeue nil -> 1"],
        rejected: &["0 append 1; 1 read nil -> [1 1]", "0 enqueue 1; 1 drain nil -> [1 1]"],
        unknown: &["0 append 1"],
    },
    Controls {
        name: "at_least_once",
        accepted: &[
            "0 append 1; 1 read nil -> []; 1 read nil -> [1]",
            "0 enqueue 1; 1 drain nil -> [1]",
        ],
        rejected: &["0 append 1; 1 read nil -> []", "0 enqueue 1; 1 drain nil -> []"],
        unknown: &["1 read nil -> []; 0 append 1"],
    },
    Controls {
        name: "total_queue",
        accepted: &[
            "0 enqueue 1; 0 enqueue 2; 1 drain nil -> [2 1]",
            "0 enqueue 1; 1 dequeue nil -> 1; 1 dequeue nil -> 1",
        ],
        rejected: &["0 enqueue 1; 1 drain nil -> []", "0 enqueue 1; 1 drain nil -> [1 2]"],
        unknown: &["0 append 1; 1 read nil -> [1]"],
    },
];

/// The same for the claim that needs a model.
const SEQUENTIAL: Controls = Controls {
    name: "sequential",
    accepted: &["0 write 1; 1 read nil; 1 read nil -> 1"],
    rejected: &["0 write 1; 0 read nil", "0 write 1; 1 read nil -> 1; 1 read nil"],
    unknown: &[],
};

/// The events of operations in EDN.
fn edn(operations: &str) -> String {
    let events = operations.split("; ").map(|operation| {
        let (begun, answer) = operation.split_once(" -> ").unzip();
        let begun = begun.unwrap_or(operation);
        let [process, name, value] = begun.splitn(3, ' ').collect::<Vec<_>>()[..] else {
            panic!("{begun:?} has no three parts")
        };
        let event = |kind: &str, value: &str| {
            format!("{{:process {process}, :type :{kind}, :f :{name}, :value {value}}}\n")
        };
        event("invoke", value) + &event("ok", answer.unwrap_or(value))
    });
    events.collect()
}

/// Checks that a history ends the command so.
#[track_caller]
fn check(folder: &Path, arguments: &[&str], history: &str, code: i32) {
    let file = folder.join("history.edn");
    std::fs::write(&file, edn(history)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_nodedown"));
    let output = command.arg("check").args(arguments).arg(&file).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?} {history}\n{told}");
}

#[track_caller]
fn check_all(folder: &Path, arguments: &[&str], controls: &Controls) {
    assert!(!controls.accepted.is_empty() && controls.rejected.len() >= 2, "{}", controls.name);
    let codes = [(controls.accepted, 0), (controls.rejected, 1), (controls.unknown, 2)];
    for (histories, code) in codes {
        for history in histories {
            check(folder, arguments, history, code);
        }
    }
}

/// What `check --help` says may be given to an option.
fn choices(option: &str) -> BTreeSet<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nodedown"));
    let output = command.args(["check", "--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let (_, after) = help.split_once(&format!("{option} ")).unwrap();
    let own = after.split("\n      --").next().unwrap();
    let choice = |line: &str| Some(line.trim().strip_prefix("- ")?.split_once(':')?.0.to_owned());
    own.lines().filter_map(choice).collect()
}

#[test]
fn every_model_accepts_rejects_and_does_not_know_what_it_has_to() {
    let folder = tempfile::tempdir().unwrap();
    for (controls, operations) in MODELS {
        let arguments = ["--model", controls.name];
        check_all(folder.path(), &arguments, controls);
        let long = vec![*operations; 1_100].join("; ");
        check(folder.path(), &["--model", controls.name, "--memory", "1B"], &long, 2);
        check(folder.path(), &arguments, &long, 0);
    }
    let names: BTreeSet<String> = MODELS.iter().map(|(each, _)| each.name.to_owned()).collect();
    assert_eq!(names, choices("--model"));
}

#[test]
fn every_claim_accepts_rejects_and_leaves_open_what_it_has_to() {
    let folder = tempfile::tempdir().unwrap();
    for controls in CLAIMS {
        assert!(!controls.unknown.is_empty(), "{}", controls.name);
        check_all(folder.path(), &["--claim", controls.name], controls);
    }
    let arguments = ["--claim", "sequential", "--model", "register"];
    check_all(folder.path(), &arguments, &SEQUENTIAL);
    let long = vec!["0 write 1"; 1_100].join("; ");
    let arguments = [&arguments[..], &["--memory", "1B"]].concat();
    check(folder.path(), &arguments, &long, 2);
    let mut names: BTreeSet<String> = CLAIMS.iter().map(|each| each.name.to_owned()).collect();
    // The one is what the models are checked for.
    names.extend(["linearizable", "sequential"].map(str::to_owned));
    assert_eq!(names, choices("--claim"));
}

#[test]
fn a_file_without_operations_tells_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let check = |text: &str, code: i32, said: &str| {
        let file = folder.path().join("notes.txt");
        std::fs::write(&file, text).unwrap();
        for arguments in [["--model", "register"], ["--claim", "eventual"]] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_nodedown"));
            let output = command.arg("check").args(arguments).arg(&file).output().unwrap();
            let told = String::from_utf8_lossy(&output.stdout).into_owned()
                + &String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(code), "{told}");
            assert!(told.contains(said), "{told}");
        }
    };
    check("nothing that anybody did\n", 64, "no line of it tells of an operation");
    check("", 2, "there are no operations in it");
    check("[]", 2, "there are no operations in it");
    check("0 :invoke :read nil\n0 :info :read nil", 2, "nothing in it was answered");
}

/// Small histories that are easily taken wrongly: file, options, exit code, and what is said.
const SMALL: &[(&str, &str, i32, &str)] = &[
    ("bom.edn", "--model register", 0, "linearizable"),
    ("list.edn", "--model register", 0, "linearizable"),
    ("nan.edn", "--model register", 1, "nobody had begun to write 1.5"),
    ("jsonarray.json", "--model register", 0, "linearizable"),
    ("log-now.log", "--model register", 1, "nobody had begun to write 3"),
    ("half-spaces.log", "--model register", 1, "nobody had begun to write 3"),
    ("trunc-vector.edn", "--model register", 64, "small/trunc-vector.edn:1:1"),
    ("named.edn", "--model register", 64, "give `alice` a number"),
    ("overlap.jsonl", "--model register", 64, "before it has ended another"),
    ("end-before-begin.jsonl", "--model register", 64, "ends before it begins"),
    ("bigint-collapse.jsonl", "--model register", 1, "write 123456789012345678901234567891"),
    ("cas-answered-false.jsonl", "--model cas-register", 0, "linearizable"),
    ("cas-answered-false.jsonl", "--model cas-register --initial 2", 0, "linearizable"),
    ("read-of-failed-write.edn", "--model register", 1, "process 101: write 3, lines 2 to 3"),
    ("thin-air-20proc.jsonl", "--model cas-register --max-time 10s", 1, "write 99999999"),
    ("value-at-completion.edn", "--model register", 0, "linearizable"),
    ("info-remove-nil.edn", "--model set", 2, "nobody knows with which value this was done"),
    ("initial-0.edn", "--model register", 1, "nobody had begun to write 0"),
    ("initial-0.edn", "--model register --initial 0", 0, "linearizable"),
    ("initial-0.edn", "--model mutex --initial 0", 64, "cannot begin with 0"),
    ("nil-read.edn", "--model register", 1, "could be 5"),
    ("nil-read.edn", "--model register --nil-reads unknown", 0, "linearizable"),
    ("nil-read.edn", "--claim read_your_writes", 1, "which is older"),
    ("nil-read.edn", "--claim read_your_writes --nil-reads unknown", 2, "no client read"),
    ("nothing-answered.edn", "--model register", 2, "nothing in it was answered"),
    (
        "nothing-answered.edn",
        "--model register --claim sequential",
        2,
        "nothing in it was answered",
    ),
    ("nothing-answered.edn", "--claim eventual", 2, "nothing in it was answered"),
    ("mr-flipflop.edn", "--claim monotonic_reads", 1, "process 2 saw 2, and later 1"),
    ("mr-log-flipflop.edn", "--claim monotonic_reads", 1, "process 2 saw 2 before 1"),
    ("ryw-two.edn", "--claim read_your_writes", 1, "process 1 wrote 2, and later saw 1"),
    ("ryw-thin.edn", "--claim read_your_writes", 1, "99, which nobody wrote"),
    ("../etcd/etcd_002.log", "--claim monotonic_reads", 2, "more than once"),
    ("../../../scenarios/partition.json", "--claim eventual", 64, "this is a scenario"),
];

#[test]
fn small_histories_that_are_easily_taken_wrongly_are_taken_rightly() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/histories/small");
    for (file, options, code, said) in SMALL {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nodedown"));
        let command = command.arg("check").args(options.split(' ')).arg(folder.join(file));
        let output = command.output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(*code), "{file} {options}\n{told}");
        assert!(told.contains(said), "{file} {options}: {said}\n{told}");
    }
}
