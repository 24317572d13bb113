//! One mistake at a time: where it is found, what is said, and what to write instead.

use crate::scenario::{Diagnostic, Severity};

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
                    "4:22 unknown field `banana` | the fields are `$schema`, `name`, `description`, `seed`, `duration`, `event_budget`, `schedule`, `hosts`, `nodes`, `network`, `transport`, `applications`, ...",
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

#[test]
fn a_node_has_a_name_with_an_at_sign_and_a_host() {
    check(
        r#""office": {} }"#,
        &[
            (
                r#""office": {}, "spare": {} }"#,
                &["5:56 warning: host `spare` has no nodes | put a node on it, or leave it out"],
            ),
            (r#""office": { "cpus": 4 } }"#, &["5:54 unknown field `cpus` | there are no fields"]),
        ],
    );
    check(
        r#""web@a": { "host": "rack-a" }"#,
        &[
            (
                r#""web": { "host": "rack-a" }"#,
                &[
                    "7:5 `web` is not a name for a node | write a name, an `@` and a place, as in `web@a`",
                ],
            ),
            (
                r#""web@a": { "host": "rack-c" }"#,
                &["7:24 unknown host `rack-c` | did you mean `rack-a`?"],
            ),
            (
                r#""web@a": { "host": "db1@a" }"#,
                &[
                    "7:24 unknown host `db1@a` | `db1@a` is a node; the hosts are `rack-a`, `rack-b`, `office`",
                ],
            ),
            (
                r#""web@a": {}"#,
                &[
                    "7:14 `host` is missing in a node | write the name of a host: the machine that it runs on",
                ],
            ),
            (
                r#""web@a": "rack-a""#,
                &[r#"7:14 expected an object (a node), found the text "rack-a" | -"#],
            ),
            (
                r#""web@a": { "host": "rack-a", "cookie": "" }"#,
                &["7:44 a name cannot have 0 characters | write a name of 1 to 255 characters"],
            ),
            (
                r#""web@a": { "host": "rack-a" }, "db1@a": { "host": "rack-b" }"#,
                &[
                    "8:5 `db1@a` is there twice | keep one of the two",
                    "36:46 `db1@a` is in the partition twice: it is on host `rack-b` | name each node in one group, once",
                ],
            ),
        ],
    );
    check(
        r#""starts_at": "1s""#,
        &[(
            r#""starts_at": "90s""#,
            &["9:47 `db2@b` does not start before the run ends | write less than 90s"],
        )],
    );
    check(
        r#""hidden": true"#,
        &[(
            r#""hidden": "true""#,
            &[
                r#"10:45 expected true or false, found the text "true" | write it without quotes: true"#,
            ],
        )],
    );
}

#[test]
fn a_path_has_two_hosts_and_a_possible_delay() {
    check(
        r#""loss": "2%""#,
        &[
            (
                r#""loss": 2"#,
                &[
                    r#"14:77 the number 2 is not a fraction | a fraction is a number from 0 to 1, or a text as in "2%""#,
                ],
            ),
            (
                r#""loss": "100%""#,
                &[
                    r#"14:77 a path cannot lose every packet | write less than "100%"; to cut a path, write a `partition` fault"#,
                ],
            ),
            (
                r#""bandwidth": "100MB/s""#,
                &[
                    r#"14:82 the text "100MB/s" is not a bandwidth | unknown unit "MB/s": use one of bit/s, kbit/s, Mbit/s, Gbit/s"#,
                ],
            ),
            (
                r#""bandwidth": 100"#,
                &[
                    r#"14:82 expected a bandwidth, found the number 100 | a bandwidth needs a unit: write "100Mbit/s""#,
                ],
            ),
            (r#""lose": "2%""#, &["14:69 unknown field `lose` | did you mean `loss`?"]),
        ],
    );
    check(
        r#"["rack-a", "office"]"#,
        &[(
            r#"["rack-a"]"#,
            &["14:28 expected exactly 2 host names, found 1 | write exactly 2 in the brackets"],
        )],
    );
    check(
        r#""latency": "20ms""#,
        &[
            (
                r#""latency": {"median": "1ms"}"#,
                &[
                    "14:61 `distribution` is missing in a latency | write one of `constant`, `uniform`, `normal`, `exponential`, `lognormal`, `table`",
                ],
            ),
            (
                r#""latency": {"distribution": "log-normal", "median": "1ms"}"#,
                &["14:78 unknown distribution `log-normal` | did you mean `lognormal`?"],
            ),
            (
                r#""latency": {"distribution": "lognormal", "median": "1ms"}"#,
                &[
                    "14:61 `p99` is missing in a latency | write a duration: 99 of 100 delays are below it",
                ],
            ),
            (
                r#""latency": {"distribution": "lognormal", "median": "9ms", "p99": "3ms"}"#,
                &["14:101 `median` is above `p99` | write 3ms or less"],
            ),
            (
                r#""latency": {"distribution": "uniform", "median": "9ms", "min": "1ms", "max": "3ms"}"#,
                &[
                    "14:89 `median` does not go with `uniform` | it goes with `lognormal`; `uniform` takes `min`, `max`",
                ],
            ),
            (
                r#""latency": {"distribution": "table", "rows": [["1ms", 0]]}"#,
                &["14:95 no delay has a weight | write a weight above 0 beside one of the delays"],
            ),
            (
                r#""latency": {"distribution": "table", "rows": [["1ms"]]}"#,
                &[
                    "14:96 expected a list of a duration and a whole number, found 1 values | write 2 values in the brackets",
                ],
            ),
            (
                r#""latency": 20"#,
                &[
                    r#"14:61 expected a duration or an object (a latency), found the number 20 | a duration needs a unit: write "20s" or "20ms""#,
                ],
            ),
        ],
    );
}

#[test]
fn an_application_has_a_service_nodes_and_dependencies_that_exist() {
    check(
        r#"["web@a", "db1@a", "db2@b"]"#,
        &[
            (r#"["web@a", "db3@a"]"#, &["17:33 unknown node `db3@a` | did you mean `db1@a`?"]),
            (
                r#""web@a""#,
                &[
                    r#"17:23 expected a list of node names, found the text "web@a" | write it in brackets: ["web@a"]"#,
                ],
            ),
            ("3", &["17:23 expected a list of node names, found the number 3 | -"]),
            (
                "[]",
                &[
                    "17:23 expected at least 1 node names, found 0 | write at least 1 in the brackets",
                ],
            ),
            (r#"["web@a", "web@a"]"#, &["17:33 `web@a` is there twice | name it once"]),
            (
                r#"["rack-a"]"#,
                &[
                    "17:24 `rack-a` is not the name of a node, which has an `@` | `rack-a` is a host; the nodes are `web@a`, `db1@a`, `db2@b`, `user@o`",
                ],
            ),
            (
                r#"["user@o"]"#,
                &[
                    "21:22 `log` never runs on a node of `database` | an application depends on applications of its own node: run both on one, or take it out of `depends_on`",
                ],
            ),
        ],
    );
    check(
        r#""log": { "nodes": ["web@a", "db1@a", "db2@b"] }"#,
        &[
            (
                r#""log": {}"#,
                &[
                    "17:12 an application needs `nodes` or `distributed` | write one of them; `nodes`: it runs on each of these nodes",
                ],
            ),
            (
                r#""log": { "nodes": ["db1@a"], "depends_on": ["database"] }"#,
                &[
                    "21:22 applications depend on each other: log -> database -> log | take one of them out of `depends_on`",
                ],
            ),
            (
                r#""log": { "nodes": ["db1@a"], "depends_on": ["log"] }"#,
                &[
                    "17:49 applications depend on each other: log -> log | take one of them out of `depends_on`",
                ],
            ),
            (
                r#""logg": { "nodes": ["db1@a"] }"#,
                &[
                    "17:5 there is no service `logg` | did you mean `log`?; an application with a name of its own needs `service`",
                    "21:22 unknown application `log` | did you mean `logg`?",
                ],
            ),
            (
                r#""log": { "node": ["db1@a"] }"#,
                &["17:14 unknown field `node` | did you mean `nodes`?"],
            ),
            (
                r#""log": { "service": "logger", "nodes": ["db1@a"] }"#,
                &["17:25 unknown service `logger` | the choices are `database`, `log`"],
            ),
        ],
    );
    check(
        r#""config": { "flush_every": "1s" }"#,
        &[
            (
                r#""config": { "flush_every": 1 }, "nodes": ["db1@a"]"#,
                &[
                    r#"19:34 expected a duration, found the number 1 | a duration needs a unit: write "1s" or "1ms""#,
                    "20:7 `nodes` and `distributed` do not go together | keep one of the two",
                ],
            ),
            (
                r#""config": { "replication": "synch" }"#,
                &["19:34 unknown replication `synch` | did you mean `sync`?"],
            ),
            (
                r#""config": { "replicas": 2 }"#,
                &[
                    "19:19 unknown field `replicas` | the fields are `replication`, `storage`, `flush_every`, `log`",
                ],
            ),
            (
                r#""config": { "log": "logs" }"#,
                &["19:26 unknown application `logs` | did you mean `log`?"],
            ),
            (
                r#""config": [], "type": "permanently""#,
                &[
                    "19:17 expected an object with names as its keys, found a list | write {} for none",
                    "19:29 unknown type `permanently` | did you mean `permanent`?",
                ],
            ),
        ],
    );
    check(
        r#""timeout": "500ms""#,
        &[
            (
                r#""timeout": "forever""#,
                &[
                    r#"20:75 the text "forever" is not a duration or "infinity" | a duration is a number and a unit, as in "500ms" or "1.5s""#,
                ],
            ),
            (
                r#""timeout": "-1s""#,
                &[
                    r#"20:75 the text "-1s" is not a duration or "infinity" | it cannot be negative: the run starts at "0s""#,
                ],
            ),
        ],
    );
}

#[test]
fn a_workload_has_a_client_a_time_and_operations() {
    check(
        r#""client": "chat_user""#,
        &[(
            r#""client": "chat_users""#,
            &["26:17 unknown client `chat_users` | write `chat_user`"],
        )],
    );
    check(
        r#""client": "chat_user","#,
        &[(
            "",
            &[
                r#"25:14 `client` is missing in a workload | write "chat_user": the program of the clients"#,
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
        &[(
            r#""count": 0"#,
            &["28:16 expected a whole number, found 0 | write a whole number from 1 to 4294967295"],
        )],
    );
    check(
        r#""rate": "5/s""#,
        &[
            (
                r#""rate": 5"#,
                &[
                    r#"29:15 expected a rate, found the number 5 | a rate needs a unit of time: write "5/s""#,
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
            &["31:16 warning: the run ends before, at 90s | leave `until` out to go on to the end"],
        )],
    );
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
fn a_fault_has_one_kind_one_trigger_and_its_own_options() {
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
                r#"{ "at": "20s", "crash": "rack-a" }"#,
                &[
                    "37:29 `rack-a` is not the name of a node, which has an `@` | `rack-a` is a host; the nodes are `web@a`, `db1@a`, `db2@b`, `user@o`",
                ],
            ),
            (
                r#"{ "at": "20s", "crash": "database" }"#,
                &[
                    "37:29 `database` is not the name of a node, which has an `@` | `database` is an application; the nodes are `web@a`, `db1@a`, `db2@b`, `user@o`",
                ],
            ),
            (
                r#"{ "at": "20s", "crahs": "db1@a" }"#,
                &["37:20 unknown field `crahs` | did you mean `crash`?"],
            ),
            (
                r#"{ "at": "20s" }"#,
                &[
                    "37:5 a fault needs a field that says its kind | write one of `crash`, `crash_host`, `stop`, `start`, `pause`, `resume`, `slow_node`, `partition`, `heal`, `disconnect`, `slow_path`, `clock_step`, `clock_drift`, `kill`",
                ],
            ),
            (
                r#"{ "crash": "db1@a" }"#,
                &[
                    "37:5 a fault needs `at` or `when` | write one of them; `at`: when it strikes, from the start of the run",
                ],
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
                    "37:38 `heal_after` does not go with `crash` | it goes with `partition`; `crash` takes `restart_after`",
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
                    "37:37 `on` does not go with `nodedown` | it goes with `application_started`, `application_stopped`, `process_exited`; `nodedown` takes `seen_by`",
                ],
            ),
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
                    r#"37:5 `by` is missing in a fault | write a duration with a sign: how far: "+5s", "-5s""#,
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
            (r#"{ "at": "20s", "heal": "some" }"#, &["37:28 unknown heal `some` | write `all`"]),
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
            (
                r#"[["db1@a"], ["db3@b"]]"#,
                &["36:46 unknown node or host `db3@b` | did you mean `db2@b`?"],
            ),
            (
                r#"[["db1@a"]]"#,
                &[
                    "36:33 expected at least 2 lists of node or host names, found 1 | write at least 2 in the brackets",
                ],
            ),
            (
                r#"[["db1@a"], []]"#,
                &[
                    "36:45 expected at least 1 node or host names, found 0 | write at least 1 in the brackets",
                ],
            ),
            (
                r#"["db1@a", "db2@b"]"#,
                &[
                    r#"36:34 expected a list of node or host names, found the text "db1@a" | write it in brackets: ["db1@a"]"#,
                    r#"36:43 expected a list of node or host names, found the text "db2@b" | write it in brackets: ["db2@b"]"#,
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
                r#""transparnt": "users", "within": "1s""#,
                &["42:7 unknown field `transparnt` | did you mean `transparent`?"],
            ),
        ],
    );
}
