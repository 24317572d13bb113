//! Mistakes about workloads, faults and expectations.

use super::check;

#[test]
fn a_workload_has_a_client_a_time_and_operations() {
    check(
        r#""client": "chat_user""#,
        &[(
            r#""client": "chat_users""#,
            &["26:17 unknown client `chat_users` | did you mean `chat_user`?"],
        )],
    );
    check(
        r#""client": "chat_user","#,
        &[(
            "",
            &[
                r#"25:14 `client` is missing in a workload | write "chat_user" or "calls": the program of the clients; `calls` makes the calls that `operations` says"#,
            ],
        )],
    );
    check(
        r#""on": "user@o""#,
        &[
            (r#""on": "user@p""#, &["27:13 unknown node `user@p` | did you mean `user@o`?"]),
            (
                r#""on": ["user"]"#,
                &[
                    "27:14 `user` is not the name of a node, which has an `@` | did you mean `user@o`?",
                ],
            ),
            (
                r#""on": 7"#,
                &[
                    r#"27:13 expected the name of a node or a list of node names, found the number 7 | write it in quotes: "7""#,
                ],
            ),
        ],
    );
    check(
        r#""count": 20"#,
        &[
            (
                r#""count": 0"#,
                &[
                    "28:16 expected a whole number, found 0 | write a whole number from 1 to 4294967295",
                ],
            ),
            (
                r#""count": 20000000"#,
                &[
                    "28:16 20000000 clients are more than the run can have | write a lower number, or a higher `event_budget`",
                ],
            ),
        ],
    );
    check(
        r#""rate": "5/s""#,
        &[
            (
                r#""rate": 5"#,
                &[
                    r#"29:15 expected a rate, found the number 5 | a rate needs a unit: write "5/s" or "5/m""#,
                ],
            ),
            (
                r#""rate": "5 per second""#,
                &[
                    r#"29:15 the text "5 per second" is not a rate | a rate is a number per second, minute or hour, as in "5/s" or "300/m""#,
                ],
            ),
            (
                r#""rate": "1000000/s""#,
                &[
                    "29:15 75000000 operations are more than the run can have | write a lower rate, or a higher `event_budget`",
                ],
            ),
        ],
    );
    check(
        r#""from": "5s""#,
        &[
            (r#""from": "80s""#, &["30:15 `from` is not before `until` | write less than 80s"]),
            (
                r#""from": "-5s""#,
                &[
                    r#"30:15 the text "-5s" is not a duration | it cannot be negative: the run starts at "0s""#,
                ],
            ),
        ],
    );
    check(
        r#""until": "80s","#,
        &[(
            r#""until": "100s","#,
            &[
                "31:16 warning: the run ends at 90s, before `until` | leave `until` out to go on to the end",
            ],
        )],
    );
}

#[test]
fn a_mix_has_operations_of_the_client() {
    check(
        r#""post": 0.5, "read": 2"#,
        &[
            (
                r#""post": 0, "read": 0"#,
                &[
                    "32:14 no operation has a weight above 0 | the operations are `post`, `read`, `join`",
                ],
            ),
            (r#""pots": 1"#, &["32:16 `chat_user` has no operation `pots` | did you mean `post`?"]),
            (r#""post": -1"#, &["32:24 -1 is too small | write 0 or more"]),
        ],
    );
    check(
        r#""mix": { "post": 0.5, "read": 2 }"#,
        &[(r#""from": "95s""#, &["32:7 `from` is there twice | keep one of the two"])],
    );
}

#[test]
fn a_fault_has_one_kind_and_one_trigger() {
    check(
        r#"{ "at": "20s", "crash": "db1@a", "restart_after": "20s" }"#,
        &[
            (
                r#"{ "at": "90s", "crash": "db1@a" }"#,
                &[
                    "37:13 the run is over at 90s, before this fault | write less than 90s, or a longer `duration`",
                ],
            ),
            (
                r#"{ "at": "-1s", "crash": "db1@a" }"#,
                &[
                    r#"37:13 the text "-1s" is not a duration | it cannot be negative: the run starts at "0s""#,
                ],
            ),
            (
                r#"{ "at": "20s", "crash": "db4@a" }"#,
                &["37:29 unknown node `db4@a` | did you mean `db1@a`?"],
            ),
            (
                r#"{ "at": "20s", "crash": "rack-c" }"#,
                &["37:29 unknown node, host or site `rack-c` | did you mean `rack-a`?"],
            ),
            (
                r#"{ "at": "20s", "crash": "database" }"#,
                &[
                    "37:29 unknown node, host or site `database` | `database` is an application; the nodes, hosts and sites are `web@a`, `db1@a`, `db2@b`, `user@o`, `rack-a`, `rack-b`, `office`",
                ],
            ),
            (
                r#"{ "at": "20s", "crahs": "db1@a" }"#,
                &["37:20 unknown field `crahs` | did you mean `crash`?"],
            ),
            (
                r#"{ "at": "20s", "full_disc": "db1@a" }"#,
                &["37:20 unknown field `full_disc` | did you mean `full_disk`?"],
            ),
            (
                r#"{ "at": "20s" }"#,
                &[
                    "37:5 a fault needs a field that says its kind | write one of `crash`, `crash_host`, `start_host`, `crash_site`, `start_site`, `stop`, `start`, `pause`, `resume`, `slow_node`, `fsync_error`, `full_disk`, `slow_disk`, `lying_disk`, `corrupt_disk`, `mend_disk`, `partition`, `isolate`, `heal`, `break_connections`, `disconnect`, `connect`, `slow_path`, `usual_path`, `clock_step`, `clock_drift`, `kill`",
                ],
            ),
            (
                r#"{ "crash": "db1@a" }"#,
                &[
                    "37:5 a fault needs `at`, `when` or `at_step` | write `at`: when it strikes, from the start of the run; or `when`: the event that sets it off, the first time that it is seen, or each time; or `at_step`: after how many steps of the run it strikes",
                ],
            ),
            (
                r#"{ "at": "20s", "crash": "db1@a", "until": "30s" }"#,
                &[
                    "37:38 `until` goes with `when` only | write `when` as well, or leave `until` out",
                ],
            ),
            (
                r#"{ "when": { "nodeup": "db1@a" }, "from": "95s", "crash": "db1@a" }"#,
                &[
                    "37:46 the run is over at 90s, before `from` | write less than 90s, or a longer `duration`",
                ],
            ),
            (
                r#"{ "when": { "nodeup": "db1@a" }, "from": "9s", "until": "9s", "crash": "db1@a" }"#,
                &["37:61 `until` is not after `from` | write more than 9s"],
            ),
            (
                r#"{ "at": "20s", "crash": "db1@a", "stop": "db2@b" }"#,
                &[
                    "37:38 `crash` and `stop` cannot be in one object | write a fault for each of them",
                ],
            ),
            (
                r#"{ "at": "20s", "crash": "db1@a", "heal_after": "2s" }"#,
                &[
                    "37:38 `heal_after` does not go with `crash` | it goes with `partition`, `isolate`; `crash` takes `restart_after`",
                ],
            ),
            (
                r#"{ "at": "20s", "after": "1s", "crash": "db1@a" }"#,
                &[
                    "37:20 `after` goes with `when` only | write `when` as well, or leave `after` out",
                ],
            ),
            (
                r#"{ "at": "20s", "when": {"nodedown": "db1@a"}, "crash": "db1@a" }"#,
                &["37:20 `at` and `when` do not go together | keep one of the two"],
            ),
            (
                r#"{ "when": {"nodedwn": "db1@a"}, "crash": "db1@a" }"#,
                &["37:16 unknown field `nodedwn` | did you mean `nodedown`?"],
            ),
            (
                r#"{ "when": {"nodedown": "db1@a", "on": "db2@b"}, "crash": "db1@a" }"#,
                &[
                    "37:37 `on` does not go with `nodedown` | it goes with `application_started`, `application_stopped`, `process_exited`, `logged`, `name_registered`; `nodedown` takes `seen_by`",
                ],
            ),
        ],
    );
}

#[test]
fn a_fault_has_the_options_of_its_kind() {
    check(
        r#"{ "at": "20s", "crash": "db1@a", "restart_after": "20s" }"#,
        &[
            (
                r#"{ "at": "20s", "crash_host": "rack-z" }"#,
                &["37:34 unknown host `rack-z` | did you mean `rack-a`?"],
            ),
            (
                r#"{ "at": "20s", "kill": "databse", "reason": "{oops" }"#,
                &[
                    "37:28 warning: `databse` is no application, so it has to be a registered name | did you mean `database`?",
                    r#"37:49 the text "{oops" is not an Erlang term | expected `,` or `}` at byte 5"#,
                ],
            ),
            (
                r#"{ "at": "20s", "slow_path": ["rack-a", "rack-b"] }"#,
                &["37:33 nothing about the path changes | write `latency`, `bandwidth` or `loss`"],
            ),
            (
                r#"{ "at": "20s", "disconnect": ["db1@a", "db1@a"] }"#,
                &["37:44 `db1@a` is there twice | name it once"],
            ),
            (
                r#"{ "at": "20s", "disconnect": ["db1@a"] }"#,
                &["37:34 expected exactly 2 node names, found 1 | write exactly 2 in the brackets"],
            ),
            (
                r#"{ "at": "20s", "clock_step": "db1@a" }"#,
                &[
                    r#"37:5 `by` is missing in a fault | write a duration with a sign: the size of the jump: "+5s", "-5s""#,
                ],
            ),
            (
                r#"{ "at": "20s", "clock_step": "db1@a", "by": -5 }"#,
                &[
                    r#"37:49 expected a duration with a sign, found the number -5 | a duration needs a unit: write "-5s""#,
                ],
            ),
            (
                r#"{ "at": "20s", "clock_drift": "db1@a", "ppm": -1000000 }"#,
                &[
                    "37:51 expected a whole number, found -1000000 | write a whole number from -999999 to 1000000",
                ],
            ),
            (
                r#"{ "at": "20s", "slow_node": "db1@a", "factor": 0 }"#,
                &["37:52 0 is too small | write 0.01 or more"],
            ),
            (
                r#"{ "at": "20s", "heal": "some" }"#,
                &["37:28 unknown heal `some` | write \"all\" or a whole number"],
            ),
            (r#""crash""#, &[r#"37:5 expected an object (a fault), found the text "crash" | -"#]),
        ],
    );
}

#[test]
fn a_partition_names_each_node_once() {
    check(
        r#"[["db1@a"], ["rack-b"]]"#,
        &[
            (
                r#"[["db1@a"], ["db1@a"]]"#,
                &["36:46 `db1@a` is in the partition twice | name each node in one group, once"],
            ),
            (
                r#"[["db1@a", "db1@a"], ["db2@b"]]"#,
                &["36:44 `db1@a` is in the partition twice | name each node in one group, once"],
            ),
            (
                r#"[["db1@a"], ["rack-a"]]"#,
                &[
                    "36:46 `db1@a` is in the partition twice: it is on host `rack-a` | name each node in one group, once",
                ],
            ),
            (r#"[["db1@a"], ["db3@b"]]"#, &["36:46 unknown node `db3@b` | did you mean `db2@b`?"]),
            (
                r#"[["db1@a"]]"#,
                &[
                    "36:33 expected at least 2 lists of node, host or site names, found 1 | write at least 2 in the brackets",
                ],
            ),
            (
                r#"[["db1@a"], []]"#,
                &[
                    "36:45 expected at least 1 node, host or site names, found 0 | write at least 1 in the brackets",
                ],
            ),
            (
                r#"["db1@a", "db2@b"]"#,
                &[
                    r#"36:34 expected a list of node, host or site names, found the text "db1@a" | write it in brackets: ["db1@a"]"#,
                    r#"36:43 expected a list of node, host or site names, found the text "db2@b" | write it in brackets: ["db2@b"]"#,
                ],
            ),
        ],
    );
}

#[test]
fn an_expectation_is_about_something_that_exists() {
    check(
        r#""within": "2s""#,
        &[(r#""witihn": "2s""#, &["41:31 unknown field `witihn` | did you mean `within`?"])],
    );
    check(
        r#""transparent": "users""#,
        &[(r#""transparent": "user""#, &["41:22 unknown workload `user` | did you mean `users`?"])],
    );
    check(
        r#""single_instance": "database""#,
        &[
            (
                r#""single_instance": "log""#,
                &[
                    "42:26 `log` runs on 3 nodes on purpose | give the application `distributed` instead of `nodes`",
                ],
            ),
            (
                r#""single_instance": "databse""#,
                &["42:26 unknown application `databse` | did you mean `database`?"],
            ),
            (
                r#""availability": "users", "at_least": "99.99999%""#,
                &[
                    r#"42:44 the text "99.99999%" is not a fraction | a fraction has at most six decimal places (four in percent)"#,
                ],
            ),
            (
                r#""lost_acknowledged": "users", "at_most": "0s""#,
                &[r#"42:48 expected a whole number, found the text "0s" | -"#],
            ),
            (
                r#""two_primaries": "log", "at_most": "1s""#,
                &[
                    "42:24 `log` runs on 3 nodes on purpose | give the application `distributed` instead of `nodes`",
                ],
            ),
            (
                r#""p99_against_twin": "users", "at_most": "3""#,
                &[r#"42:47 expected a number, found the text "3" | write it without quotes: 3"#],
            ),
            (
                r#""location_transparent": "users", "placements": "al""#,
                &["42:54 unknown placements `al` | did you mean `all`?"],
            ),
            (
                r#""nonmaskin": "users", "within": "1s", "after": "1s""#,
                &["42:7 unknown field `nonmaskin` | did you mean `nonmasking`?"],
            ),
            (
                r#""transparnt": "users", "within": "1s""#,
                &["42:7 unknown field `transparnt` | did you mean `transparent`?"],
            ),
        ],
    );
}
