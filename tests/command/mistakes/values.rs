//! Numbers and other values that are not what they should be.

use super::{EXPECT, Place};
use crate::chat::short_chat;

#[test]
fn numbers_that_are_none_are_told_what_to_write() {
    let place = Place::new();
    let seed = "a seed is a whole number from 0 to 18446744073709551615";
    for (arguments, said) in [
        ("run chat.json --seed x", seed),
        ("shrink chat.json --seed -1", seed),
        ("explain chat.json --seed 1..9", "`nodedown sweep FILE --seeds 1..9` runs several"),
        ("shell --seed one", seed),
        ("sweep chat.json --jobs 0", "write a whole number, 1 or more"),
        ("prove chat.json --jobs -1", "write a whole number, 1 or more"),
        ("sweep chat.json --seeds 9..1", "9..1 runs backwards: write 1..9"),
        ("sweep chat.json --seeds a..9", "\"a\" is not a seed"),
        ("sweep chat.json --shard 3/2", "there is no shard 3 of 2"),
        ("test chat.json --max-time 2", "write \"2s\" or \"2ms\""),
        ("run chat.json --sed 3", "'--seed'"),
        ("rum chat.json", "'run'"),
    ] {
        place.refuses(arguments, 64, &[said]);
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
        place.refuses(&format!("{command} own.json --seeds -3"), 64, &["\"-3\" is not a seed"]);
    }
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
    place.run("sweep long.json --max-time 1m30s --seeds 1 --quiet", 0);
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
