//! Mistakes about chaos.

/// Gives the file this chaos and compares what is said about it.
#[track_caller]
fn check(mistakes: &[(&str, &[&str])]) {
    let part = r#""expect": ["#;
    for (chaos, expected) in mistakes {
        super::check(part, &[(&format!(r#""chaos": {{ {chaos} }}, {part}"#), *expected)]);
    }
}

#[test]
fn a_chaos_without_mistakes_is_not_complained_of() {
    check(&[
        ("", &[]),
        (r#""kinds": { "crash": 2, "partition": { "interval": "20s" } }, "liveness": {}"#, &[]),
        (r#""budget": "all", "bursts": { "hits": ["kill"] }"#, &[]),
    ]);
}

#[test]
fn it_has_its_time() {
    check(&[
        (
            r#""until": "60s", "quiet": "10s""#,
            &["40:30 `until` and `quiet` do not go together | keep one of the two"],
        ),
        (
            r#""until": "95s""#,
            &["40:23 the run ends at 90s, before `until` | leave `until` out, or write less"],
        ),
        (
            r#""from": "85s""#,
            &[
                "40:12 the chaos is over at 80s, before it begins | write a longer `duration`, an earlier `from`, or less `quiet`",
            ],
        ),
        (
            r#""until": "90s", "liveness": {}"#,
            &["40:30 the run ends before the liveness phase begins | write an earlier `until`"],
        ),
        (
            r#""interval": "1ms""#,
            &[
                "40:26 more than 10000 faults of a kind are too many | write a longer `interval`, or a smaller `weight`",
            ],
        ),
    ]);
}

#[test]
fn it_knows_its_nodes_and_spares_a_majority() {
    check(&[
        (r#""nodes": ["db1@a", "db2@a"]"#, &["40:33 unknown node `db2@a` | did you mean `db1@a`?"]),
        (
            r#""budget": 2"#,
            &[r#"40:24 2 of 3 nodes are a majority | write at most 1, or "all" to spare nobody"#],
        ),
        (
            r#""budget": "most""#,
            &["40:24 unknown budget `most` | write \"minority\" or \"all\" or a whole number"],
        ),
        (
            r#""nodes": ["db1@a"], "kinds": { "crash": { "nodes": ["db2@b"] } }, "budget": "all""#,
            &[
                "40:66 `db2@b` is not among the nodes of the chaos | name it in `nodes` of the chaos, too",
            ],
        ),
        (
            r#""nodes": ["db1@a"], "liveness": {}"#,
            &["40:34 no node may stay failed, as the budget is 0 | write a `budget` above 0"],
        ),
    ]);
}

#[test]
fn its_kinds_are_known_and_can_strike() {
    check(&[
        (r#""kinds": { "crahs": 1 }"#, &["40:25 unknown field `crahs` | did you mean `crash`?"]),
        (
            r#""kinds": { "crash": "often" }"#,
            &[
                r#"40:34 expected a number or an object (a kind of fault), found the text "often" | -"#,
            ],
        ),
        (
            r#""kinds": { "crash": { "weight": 1, "count": 3 } }"#,
            &["40:49 `weight` and `count` do not go together | keep one of the two"],
        ),
        (
            r#""kinds": { "pause": { "over": "3s" } }"#,
            &[
                "40:36 unknown field `over` | the fields are `weight`, `interval`, `count`, `nodes`, `for`",
            ],
        ),
        (
            r#""kinds": { "loss": { "loss": "100%" } }"#,
            &[
                r#"40:43 a path cannot lose every packet | write less than "100%"; to cut a path, write a `partition` fault"#,
            ],
        ),
        (
            r#""kinds": { "crash": { "for": { "distribution": "uniform", "min": "9s", "max": "5s" } } }"#,
            &["40:79 `min` is above `max` | write 5s or less"],
        ),
        (r#""kinds": { "crash_host": 1, "crash": 1 }"#, &[]),
        (
            r#""nodes": ["db1@a"], "kinds": { "crash": 1, "clock_step": 1 }"#,
            &[
                "40:45 warning: `crash` never strikes: the budget allows no node to be away | leave it out",
            ],
        ),
        (
            r#""nodes": ["db1@a", "db2@b"], "kinds": { "partition": { "shapes": ["bridge"] } }"#,
            &["40:54 warning: `partition` never strikes: there are too few nodes | leave it out"],
        ),
        (
            r#""bursts": { "hits": ["crush"] }"#,
            &["40:35 unknown hits `crush` | did you mean `crash`?"],
        ),
    ]);
}
