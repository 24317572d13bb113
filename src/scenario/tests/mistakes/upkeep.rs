//! Mistakes about what keeps nodes running and connected.

use super::check;

#[test]
fn nodes_reconnect_to_others_and_not_all_the_time() {
    check(
        r#""user@o": { "#,
        &[
            (r#""user@o": { "reconnect": "5s", "#, &[]),
            (r#""user@o": { "reconnect": { "every": "0s" }, "#, &[]),
            (r#""user@o": { "reconnect": { "evry": "5s" }, "#, &[]),
            (r#""user@o": { "reconnect": { "every": "5s", "to": ["user@o", "db1@b"] }, "#, &[]),
            (r#""user@o": { "reconnect": "nevr", "#, &[]),
        ],
    );
}

#[test]
fn restarts_have_a_policy_and_limits_that_make_sense() {
    check(
        r#""user@o": { "#,
        &[
            (r#""user@o": { "restart": "allways", "#, &[]),
            (r#""user@o": { "restart": { "policy": "on-failure" }, "#, &[]),
            (r#""user@o": { "restart": { "after": "10m" }, "#, &[]),
            (r#""user@o": { "restart": { "backoff": 0.5 }, "#, &[]),
            (r#""user@o": { "restart": { "at_most": 0 }, "#, &[]),
            (r#""user@o": { "restart": { "within": "10s" }, "#, &[]),
            (r#""user@o": { "restart": { "at_most": 1, "within": "0s" }, "#, &[]),
            (r#""user@o": { "restart_after": "1s", "#, &[]),
        ],
    );
}

#[test]
fn what_strikes_each_time_waits_for_something() {
    check(
        r#"{ "at": "20s", "crash": "db1@a""#,
        &[
            (r#"{ "at": "20s", "each": true, "crash": "db1@a""#, &[]),
            (r#"{ "when": { "nodedown": "db1@a" }, "at_most": 3, "crash": "db1@a""#, &[]),
            (
                r#"{ "when": { "nodedown": "db1@a" }, "each": false, "at_most": 3, "crash": "db1@a""#,
                &[],
            ),
            (r#"{ "when": { "nodedown": "db1@a" }, "each": 3, "crash": "db1@a""#, &[]),
            (
                r#"{ "at": "20s", "connect": ["db1@a", "db1@a"] }, { "at": "20s", "crash": "db1@a""#,
                &[],
            ),
        ],
    );
}
