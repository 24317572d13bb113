//! Files that are read: those that are not there, or are of another kind.

use std::fs;

use super::{EXPECT, Place, READERS};
use crate::chat::short_chat;

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
fn files_of_another_kind_are_told_apart() {
    let place = Place::new();
    place.write("empty", "");
    place.write("several-lines.json", "{\n  \"client\": 0,\n  \"name\": \"read\"\n}\n");
    for (arguments, said) in [
        ("replay chat.json", "this is no record"),
        ("merge chat.json", "this is not a results file: "),
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
    let (_, err) = place.run("test empty", 64);
    assert!(err.ends_with("0 scenarios, 0 runs; 1 file is not a valid scenario\n"), "{err}");
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
fn a_file_of_another_kind_is_named_with_the_command_that_takes_it() {
    let place = Place::new();
    place.write("README.md", "# Mine\n");
    place.write("page.html", "<!doctype html>\n<html></html>\n");
    place.write("seen.jsonl", "{\"id\":1,\"cause\":0,\"at\":0,\"what\":\"spawned\"}\n");
    place.write("history.jsonl", "{\"workload\":\"users\",\"invoked_ns\":1}\n{}\n");
    place.write("a.transcript", "> nodes a\n");
    place.write("out.json", "{ \"results\": 1 }\n");
    for (file, told) in [
        ("README.md", ["a text in Markdown", "scenarios are JSON"]),
        ("page.html", ["a page", "open it in a browser"]),
        ("seen.jsonl", ["the trace of a run", "`nodedown view seen.jsonl` shows it"]),
        ("history.jsonl", ["a history of operations", "`nodedown check history.jsonl`"]),
        ("a.transcript", ["a transcript of the shell", "`nodedown shell a.transcript` plays it"]),
        ("out.json", ["the results of many runs", "`nodedown view out.json` shows them"]),
    ] {
        for command in ["run", "explain"] {
            place.refuses(&format!("{command} {file}"), 64, &told);
        }
    }
    for file in ["README.md", "page.html", "history.jsonl"] {
        place.refuses(
            &format!("view {file}"),
            64,
            &["and neither a scenario nor the record of a run"],
        );
    }
    // A folder has files that could be meant.
    fs::create_dir(place.path("scenarios")).unwrap();
    place.write("scenarios/one.json", "{}");
    place.refuses("view scenarios", 66, &["it is a folder", "or name one, such as scenarios/"]);
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

#[cfg(unix)]
#[test]
fn links_to_a_file_are_that_file() {
    let place = Place::new();
    std::os::unix::fs::symlink("chat.json", place.path("soft.json")).unwrap();
    fs::hard_link(place.path("chat.json"), place.path("hard.json")).unwrap();
    let before = place.read("chat.json");
    for link in ["soft.json", "hard.json"] {
        place.refuses(&format!("run chat.json --record {link}"), 73, &["it is read as well"]);
        place.refuses(&format!("sweep chat.json --csv {link}"), 73, &["it is read as well"]);
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
