//! Transcripts recorded again on real Erlang nodes: a machine with `erl` must give the answers that
//! stand in the files. What the simulator answers is compared with the same files elsewhere.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A few seconds in all: no partitions, which take rights of the administrator, and no waiting.
const SAMPLE: [&str; 2] = ["signals/example.transcript", "names/groups.transcript"];

fn transcripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts")
}

/// The release of Erlang on this machine, if there is one.
fn release() -> Option<String> {
    let asked = Command::new("erl")
        .args(["-noshell", "-eval", "io:put_chars(erlang:system_info(otp_release)), halt()."])
        .output();
    match asked {
        Ok(output) => Some(String::from_utf8(output.stdout).unwrap()),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => panic!("erl: {error}"),
    }
}

/// What real nodes answer to the commands of a transcript. The recorder bounds its own time, and
/// ends what it starts. Patience: how many times the usual rest is taken between commands.
fn recorded_again(file: &Path, patience: u8) -> String {
    let recorder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/otp/record");
    let output = Command::new(recorder)
        .env("RECORDER_PATIENCE", patience.to_string())
        .args(["-o", "-"])
        .arg(file)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The release that the answers of a transcript come from.
fn header_release(text: &str) -> Option<&str> {
    text.lines().find_map(|line| line.strip_prefix("# otp: "))
}

#[test]
fn real_erlang_answers_as_recorded() {
    let Some(release) = release() else {
        println!("no erl on this machine: nothing was recorded again");
        return;
    };
    for name in SAMPLE {
        let file = transcripts().join(name);
        let recorded = fs::read_to_string(&file).unwrap();
        if header_release(&recorded) == Some(release.as_str()) {
            // On a busy machine nodes may come to rest later: a difference must show twice.
            if recorded_again(&file, 1) != recorded {
                assert_same_lines(&recorded, &recorded_again(&file, 5), name);
            }
        } else {
            println!("{name}: recorded from another release than {release}, not compared");
        }
    }
}

/// The first line that differs says more than two whole files.
fn assert_same_lines(expected: &str, answered: &str, name: &str) {
    let mut lines = expected.lines().zip(answered.lines()).enumerate();
    if let Some((index, (old, new))) = lines.find(|(_, (old, new))| old != new) {
        panic!("{name}:{}: recorded `{old}`, now `{new}`", index + 1);
    }
    assert_eq!(expected, answered, "{name}");
}

#[test]
fn a_false_answer_is_found() {
    if release().is_none() {
        println!("no erl on this machine: nothing was recorded");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("false.transcript");
    fs::write(&file, "> nodes a b\n> ping a b\npang\n").unwrap();
    let answered = recorded_again(&file, 1);
    assert!(answered.ends_with("> nodes a b\n> ping a b\npong\n"), "{answered}");
}
