//! One mistake at a time: where it is found, what is said, and what to write instead.

mod calls;
mod chaos;
mod cluster;
mod events;
mod operations;
mod sites;
mod upkeep;

use crate::document::diagnostic::{Diagnostic, Severity};

use super::{diagnostics, with};

/// Replaces a part of the file by each mistake and compares what is said about it.
#[track_caller]
fn check(part: &str, mistakes: &[(&str, &[&str])]) {
    for (mistake, expected) in mistakes {
        let found = diagnostics(&with(part, mistake));
        let found: Vec<String> = found.iter().map(line).collect();
        assert_eq!(found, *expected, "{mistake}");
    }
}

fn line(diagnostic: &Diagnostic) -> String {
    let severity = match diagnostic.severity {
        Severity::Error => "",
        Severity::Warning => "warning: ",
    };
    let help = diagnostic.help.as_deref().unwrap_or("-");
    let Diagnostic { line, column, message, .. } = diagnostic;
    format!("{line}:{column} {severity}{message} | {help}")
}

#[test]
fn the_text_has_to_be_json() {
    check(
        r#""name": "the database node is lost""#,
        &[(
            r#""name" "x""#,
            &[
                "3:10 expected colon after the string or word in object property | write a `:` between the name of a field and its value",
            ],
        )],
    );
    check(
        r#""name": "the database node is lost","#,
        &[
            (
                r#""name": "x""#,
                &["3:14 expected comma | write a `,` between two fields or two values"],
            ),
            (
                r#"name: "x","#,
                &[
                    "3:3 expected string for object property | write the names of fields in double quotes",
                ],
            ),
            (
                r#""name": 'x',"#,
                &["3:11 single-quoted strings are not allowed | write texts in double quotes"],
            ),
            (
                r#""name": x,"#,
                &["3:11 unexpected token | write texts in double quotes, and close each of them"],
            ),
            (
                r#""name": "x,"#,
                &["4:4 unexpected token | write texts in double quotes, and close each of them"],
            ),
        ],
    );
}

#[test]
fn a_value_has_to_be_of_its_kind_and_in_its_range() {
    check(
        r#""duration": "90s""#,
        &[
            (
                r#""duration": 90"#,
                &[
                    r#"4:15 expected a duration, found the number 90 | a duration needs a unit: write "90s" or "90ms""#,
                ],
            ),
            (
                r#""duration": "90""#,
                &[
                    r#"4:15 the text "90" is not a duration | a duration needs a unit: write "90s" or "90ms""#,
                ],
            ),
            (
                r#""duration": "90 sec""#,
                &[
                    r#"4:15 the text "90 sec" is not a duration | unknown unit "sec": use one of ns, us, ms, s, m, h"#,
                ],
            ),
            (
                r#""duration": "0s""#,
                &[r#"4:15 the run has no length | write a duration above 0, such as "60s""#],
            ),
            (r#""duratoin": "90s""#, &["4:3 unknown field `duratoin` | did you mean `duration`?"]),
            (
                r#""duration": null"#,
                &["4:15 expected a duration, found `null` | write a duration, or leave it out"],
            ),
            (
                r#""duration": "90s", "duration": "80s""#,
                &["4:22 `duration` is there twice | keep one of the two"],
            ),
            (
                r#""duration": "90s", "seed": -1"#,
                &[
                    "4:30 expected a whole number, found -1 | write a whole number from 0 to 18446744073709551615",
                ],
            ),
            (
                r#""duration": "90s", "seed": 1.5"#,
                &[
                    "4:30 expected a whole number, found 1.5 | write a whole number from 0 to 18446744073709551615",
                ],
            ),
            (
                r#""duration": "90s", "seed": "7""#,
                &[
                    r#"4:30 expected a whole number, found the text "7" | write it without quotes: 7"#,
                ],
            ),
            (
                r#""duration": "90s", "seed": 1e999"#,
                &["4:30 the number is too large | write one below 1e308"],
            ),
            (
                r#""duration": "90s", "schedule": "rnadom""#,
                &["4:34 unknown schedule `rnadom` | did you mean `random`?"],
            ),
            (
                r#""duration": "90s", "banana": 1"#,
                &[
                    "4:22 unknown field `banana` | the fields are `$schema`, `name`, `description`, `seed`, `duration`, `event_budget`, `schedule`, `otp`, `hosts`, `nodes`, `erlang`, `sync_nodes`, ...",
                ],
            ),
        ],
    );
    check(
        r#""duration": "90s","#,
        &[(
            "",
            &[
                "1:1 `duration` is missing in a scenario | write a duration: the length of a run, in virtual time",
            ],
        )],
    );
    check(
        r#""name": "the database node is lost""#,
        &[(
            r#""name": 5"#,
            &[r#"3:11 expected a text, found the number 5 | write it in quotes: "5""#],
        )],
    );
}

#[test]
fn a_transport_takes_its_own_fields() {
    check(
        r#""duration": "90s""#,
        &[
            (
                r#""duration": "90s", "transport": {"keep_alive": true}"#,
                &[
                    "4:35 `kind` is missing in a transport | write one of `distribution`, `json_http`",
                ],
            ),
            (
                r#""duration": "90s", "transport": {"kind": "jsonhttp"}"#,
                &["4:44 unknown kind `jsonhttp` | did you mean `json_http`?"],
            ),
            (
                r#""duration": "90s", "transport": {"kind": "distribution", "keep_alive": true}"#,
                &["4:60 `keep_alive` does not go with `distribution` | it goes with `json_http`"],
            ),
            (
                r#""duration": "90s", "transport": "http""#,
                &["4:35 unknown transport `http` | did you mean `json_http`?"],
            ),
        ],
    );
}
