//! Mistakes about what keeps nodes running and connected.

use super::check;

#[test]
fn nodes_reconnect_to_others_and_not_all_the_time() {
    check(
        r#""user@o": { "#,
        &[
            (
                r#""user@o": { "reconnect": "5", "#,
                &[
                    r#"10:30 the text "5" is not a duration or "infinity" | a duration needs a unit: write "5s" or "5ms""#,
                ],
            ),
            (
                r#""user@o": { "reconnect": 5, "#,
                &[
                    r#"10:30 expected a duration or "infinity" or an object (reconnecting), found the number 5 | a duration needs a unit: write "5s" or "5ms""#,
                ],
            ),
            (
                r#""user@o": { "reconnect": { "every": "0s" }, "#,
                &[r#"10:41 this time has no length | write a duration above 0, such as "5s""#],
            ),
            (
                r#""user@o": { "reconnect": { "evry": "5s" }, "#,
                &[r"10:32 unknown field `evry` | did you mean `every`?"],
            ),
            (
                r#""user@o": { "reconnect": { "every": "5s", "to": ["user@o", "db1@b"] }, "#,
                &[r"10:64 unknown node `db1@b` | did you mean `db1@a`?"],
            ),
            (
                r#""user@o": { "reconnect": "never", "#,
                &[
                    r#"10:30 the text "never" is not a duration or "infinity" | a duration is a number and a unit, as in "500ms" or "1.5s""#,
                ],
            ),
        ],
    );
}

#[test]
fn restarts_have_a_policy_and_limits_that_make_sense() {
    check(
        r#""user@o": { "#,
        &[
            (
                r#""user@o": { "restart": "allways", "#,
                &[r"10:28 unknown restart `allways` | did you mean `always`?"],
            ),
            (
                r#""user@o": { "restart": { "policy": "on-failure" }, "#,
                &[r"10:40 unknown policy `on-failure` | did you mean `on_failure`?"],
            ),
            (
                r#""user@o": { "restart": { "after": "10m" }, "#,
                &[
                    r"10:39 `after` is above the longest delay, 5m | write less, or a longer `max_delay`",
                ],
            ),
            (
                r#""user@o": { "restart": { "backoff": 0.5 }, "#,
                &[r"10:41 0.5 is too small | write 1 or more"],
            ),
            (
                r#""user@o": { "restart": { "at_most": 0 }, "#,
                &[
                    r"10:41 expected a whole number, found 0 | write a whole number from 1 to 4294967295",
                ],
            ),
            (
                r#""user@o": { "restart": { "within": "10s" }, "#,
                &[
                    r"10:30 `within` goes with `at_most` only | write `at_most` as well, or leave `within` out",
                ],
            ),
            (
                r#""user@o": { "restart": { "at_most": 1, "within": "0s" }, "#,
                &[r#"10:54 this time has no length | write a duration above 0, such as "5s""#],
            ),
            (
                r#""user@o": { "restart_after": "1s", "#,
                &[r"10:17 unknown field `restart_after` | did you mean `restart`?"],
            ),
        ],
    );
}

#[test]
fn what_starts_again_by_itself_need_not_be_started() {
    check(
        r#""net_ticktime": "4s" }"#,
        &[
            (
                r#""net_ticktime": "4s", "restart": { "after": "2s" } }"#,
                &[
                    r"37:55 warning: `db1@a` starts again after 2s by its own `restart` | leave `restart_after` out, or write less",
                ],
            ),
            (r#""net_ticktime": "4s", "restart": { "after": "30s" } }"#, &[]),
            (r#""net_ticktime": "4s", "restart": { "at_most": 1 } }"#, &[]),
        ],
    );
}

#[test]
fn what_strikes_each_time_waits_for_something() {
    check(
        r#"{ "at": "20s", "crash": "db1@a""#,
        &[
            (
                r#"{ "at": "20s", "each": true, "crash": "db1@a""#,
                &[
                    r"37:20 `each` goes with `when` only | write `when` as well, or leave `each` out",
                ],
            ),
            (
                r#"{ "when": { "nodedown": "db1@a" }, "at_most": 3, "crash": "db1@a""#,
                &[
                    r#"37:40 a fault that does not strike each time strikes once | write `"each": true`, or leave `at_most` out"#,
                ],
            ),
            (
                r#"{ "when": { "nodedown": "db1@a" }, "each": false, "at_most": 3, "crash": "db1@a""#,
                &[
                    r#"37:55 a fault that does not strike each time strikes once | write `"each": true`, or leave `at_most` out"#,
                ],
            ),
            (
                r#"{ "when": { "nodedown": "db1@a" }, "each": 3, "crash": "db1@a""#,
                &[r"37:48 expected true or false, found the number 3 | -"],
            ),
            (
                r#"{ "at": "20s", "connect": ["db1@a", "db1@a"] }, { "at": "20s", "crash": "db1@a""#,
                &[r"37:41 `db1@a` is there twice | name it once"],
            ),
        ],
    );
}
