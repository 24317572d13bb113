//! Every transcript gives the answers that it shows. Those with `# otp:` show what real nodes of
//! that release answered.

use std::fs;
use std::path::{Path, PathBuf};

use nodedown::shell::Transcript;

/// All transcripts, in the order of their paths.
pub(super) fn transcripts() -> Vec<PathBuf> {
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts"), &mut files);
    files.sort();
    files
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "transcript") {
            files.push(path);
        }
    }
}

/// The differences of all transcripts, as text.
fn differences(seed: u64) -> String {
    let mut text = String::new();
    for file in transcripts() {
        match Transcript::from_file(&file) {
            Ok(transcript) => {
                text.extend(transcript.differences(seed).iter().map(ToString::to_string));
            }
            Err(error) => text.extend([error.to_string(), "\n".to_owned()]),
        }
    }
    text
}

#[test]
fn every_transcript_gives_the_answers_that_it_shows() {
    assert!(transcripts().len() >= 25);
    let differences = differences(1);
    assert!(differences.is_empty(), "{differences}");
}

#[test]
fn no_transcript_asks_what_chance_decides() {
    for seed in 2..6 {
        let differences = differences(seed);
        assert!(differences.is_empty(), "seed {seed}\n{differences}");
    }
}

#[test]
fn every_transcript_names_the_rules_that_it_shows() {
    for file in transcripts() {
        let transcript = Transcript::from_file(&file).unwrap();
        let rules = transcript.header("rules").unwrap_or_default();
        let is_rule = |rule: &str| {
            rule.starts_with(|c: char| ('A'..='G').contains(&c)) && rule[1..].parse::<u8>().is_ok()
        };
        let known = !rules.is_empty() && rules.split_whitespace().all(is_rule);
        assert!(known, "{}: {rules:?}", file.display());
    }
}
