//! Mistakes about operations that are written out, and about partitions with numbers.

use super::check;

const DRAWN: &str = r#""rate": "5/s",
      "from": "5s",
      "until": "80s",
      "mix": { "post": 0.5, "read": 2 },"#;

/// Replaces what is drawn by one operation after a good one.
#[track_caller]
fn check_operation(operation: &str, expected: &[&str]) {
    let first = r#"{ "at": "6s", "client": 19, "do": "read" }"#;
    let operations =
        format!("\"from\": \"5s\", \"until\": \"80s\", \"operations\": [{first},\n{operation}],");
    check(DRAWN, &[(&operations, expected)]);
}

#[test]
fn operations_stand_in_the_place_of_what_is_drawn() {
    check(
        DRAWN,
        &[
            (r#""operations": [],"#, &[]),
            (
                "",
                &[
                    "25:14 a workload needs `rate` or `operations` | write `rate`: the rate of the operations of all clients together; or `operations`: what they do, one by one, instead of what a seed draws",
                ],
            ),
            (
                r#""rate": "5/s", "operations": [],"#,
                &["29:22 `rate` and `operations` do not go together | keep one of the two"],
            ),
            (
                r#""operations": [], "mix": { "post": 1 }, "arrivals": "even","#,
                &[
                    "29:25 `mix` goes with `rate` only | write `rate` as well, or leave `mix` out",
                    "29:47 `arrivals` goes with `rate` only | write `rate` as well, or leave `arrivals` out",
                ],
            ),
        ],
    );
}

#[test]
fn an_operation_is_one_that_a_client_can_do() {
    check_operation(r#"{ "at": "6s", "do": "post", "draw": "0xffFFffffffffffff" }"#, &[]);
    check_operation(r#"{ "at": "6s", "do": "post", "draw": 18446744073709551615 }"#, &[]);
    check_operation(
        r#"{ "at": "6s", "do": "psot" }"#,
        &["30:21 `chat_user` has no operation `psot` | did you mean `post`?"],
    );
    check_operation(
        r#"{ "at": "6s", "do": "post", "client": 20 }"#,
        &[
            "30:39 there is no client 20: `count` is 20 | write a number from 0 to 19, or a higher `count`",
        ],
    );
    check_operation(
        r#"{ "at": "1s", "do": "post" }"#,
        &[
            "30:9 the clients start at 5s, after this operation | write 5s or more, or an earlier `from`",
        ],
    );
    check_operation(
        r#"{ "at": "80s", "do": "post" }"#,
        &["30:9 the clients begin nothing from 80s on | write less than 80s, or a later `until`"],
    );
    check_operation(
        r#"{ "at": "6s", "do": "post", "number": 0 }"#,
        &["30:39 operation 0 is there twice | give each a number of its own"],
    );
    check_operation(
        r#"{ "at": "6s", "do": "post", "draw": 1.5 }"#,
        &[
            r#"30:37 the number 1.5 is not a number of 64 bits | a number of 64 bits is a whole number, or a text as in "0x9e3779b97f4a7c15""#,
        ],
    );
    check_operation(
        r#"{ "at": 6, "d": "post" }"#,
        &[
            "30:1 `do` is missing in an operation | write a name: the operation, in the client's words",
            r#"30:9 expected a duration, found the number 6 | a duration needs a unit: write "6s" or "6ms""#,
            "30:12 unknown field `d` | the fields are `at`, `client`, `do`, `draw`, `number`",
        ],
    );
}

#[test]
fn partitions_are_healed_by_their_numbers() {
    let crash = r#"{ "at": "20s", "crash": "db1@a", "restart_after": "20s" }"#;
    check(
        crash,
        &[
            (r#"{ "at": "70s", "heal": 0 }"#, &[]),
            (
                r#"{ "at": "70s", "heal": 1 }"#,
                &["37:28 there is no partition 1 | the partitions are `0`"],
            ),
            (
                r#"{ "at": "20s", "partition": [["db1@a"], ["db2@b"]], "number": 0 }"#,
                &["37:67 partition 0 is there twice | give each a number of its own"],
            ),
        ],
    );
}
