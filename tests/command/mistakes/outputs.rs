//! Files that are written: nothing is written over, and nothing is left behind.

use std::fs;

use super::Place;

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
        "prove chat.json --out",
        "shrink chat.json --out",
    ] {
        let said = "cannot write ./chat.json: it is read as well; write to another file";
        place.refuses(&format!("{command} ./chat.json"), 73, &[said]);
    }
    place.refuses("merge results.json --out results.json", 73, &["cannot write results.json"]);
    assert_eq!(fs::read_to_string(place.path("chat.json")).unwrap(), before);
}

#[test]
fn a_file_stays_as_it_was_until_there_is_something_to_write() {
    let place = Place::new();
    let kept = || fs::read_to_string(place.path("kept")).unwrap();
    place.write("kept", "precious");
    let nowhere = "cannot write nowhere/x: ";
    for command in ["run chat.json --record kept --trace", "sweep chat.json --out kept --csv"] {
        place.refuses(&format!("{command} nowhere/x"), 73, &[nowhere]);
        place.refuses(&format!("{command} folder"), 73, &["cannot write folder: "]);
        assert_eq!(kept(), "precious");
    }
    place.run("prove chat.json --nodes db1@a --before 7s --out kept", 0);
    assert_eq!(kept(), "precious");
    place.run("run chat.json --quiet --history kept", 0);
    assert!(kept().starts_with('{') && kept().ends_with("}\n"), "{}", kept());
}

#[test]
fn no_empty_file_is_left_behind() {
    let place = Place::new();
    place.run("prove chat.json --nodes db1@a --before 7s --out new", 0);
    place.refuses("sweep chat.json --out new --csv nowhere/x", 73, &["nowhere/x"]);
    assert!(!place.path("new").exists());
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
        ("prove", "--out"),
        ("shrink", "--out"),
    ] {
        let typed = format!("{command} chat.json --json {option} -");
        place.refuses(&typed, 64, &["--json and", "both write to standard output"]);
    }
    assert_eq!(place.read("kept"), "precious");
    assert!(!place.path("new").exists());
    place.run("run chat.json --quiet --trace /dev/null --history /dev/null", 0);
}
