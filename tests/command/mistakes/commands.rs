//! Commands and words that were meant.

use std::fs;

use super::{EXPECT, Place};
use crate::chat::short_chat;

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
