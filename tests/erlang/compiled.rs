//! Transcripts of real nodes, answered by OTP's own compiled code on simulated nodes.
//!
//! Without `erl` on the path nothing is tested here, and the test says so. By default a part of the
//! transcripts is played; with `NODEDOWN_TRANSCRIPTS=all` all of them are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use nodedown::shell::{CompiledError, CompiledOtp, Transcript};

use crate::transcripts::transcripts;

/// One of so many transcripts is played by default.
const PART: usize = 12;

/// Transcripts with answers that compiled OTP does not give, each with the reason. The list may only
/// shrink.
const DIFFERENT: &str = include_str!("compiled-differences.txt");

fn reasons() -> BTreeMap<&'static str, &'static str> {
    let lines = DIFFERENT.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.map(|line| line.split_once(": ").unwrap()).collect()
}

fn name(path: &Path) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    path.strip_prefix(root).unwrap().display().to_string()
}

#[test]
fn compiled_otp_gives_the_answers_of_real_nodes() {
    let reasons = reasons();
    let all = std::env::var("NODEDOWN_TRANSCRIPTS").is_ok_and(|which| which == "all");
    let files: Vec<PathBuf> = transcripts();
    let files = files.into_iter().enumerate();
    let files = files.filter(|(number, _)| all || number % PART == 0).map(|(_, file)| file);
    let chosen: Vec<Transcript> = files.map(|file| Transcript::from_file(file).unwrap()).collect();
    let compiled = match CompiledOtp::new(&chosen) {
        Ok(compiled) => compiled,
        Err(CompiledError::Otp(why)) => return eprintln!("skipped: {why}"),
        Err(error) => panic!("{error}"),
    };
    let (mut played, mut wrong) = (0, Vec::new());
    for (number, transcript) in chosen.iter().enumerate() {
        let file = name(&transcript.path);
        let differs = match compiled.differences(number, 1) {
            Ok(None) => continue,
            Ok(Some(differences)) => {
                differences.iter().map(ToString::to_string).collect::<String>()
            }
            Err(error) => error.to_string(),
        };
        played += 1;
        match (differs.is_empty(), reasons.get(file.as_str())) {
            (true, Some(_)) => {
                wrong.push(format!("{file}: it is the same: take it off the list"));
            }
            (false, None) => wrong.push(differs),
            (true, None) | (false, Some(_)) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(played >= if all { 100 } else { 8 }, "{played}");
}

#[test]
fn each_transcript_that_differs_is_there_and_has_a_reason() {
    let files: Vec<String> = transcripts().iter().map(|file| name(file)).collect();
    for (file, reason) in reasons() {
        assert!(files.iter().any(|known| known == file), "{file}");
        assert!(reason.len() > 10, "{file}: {reason}");
    }
}
