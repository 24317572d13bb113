//! Mistakes about nodes, paths and applications.

use super::check;

#[test]
fn a_node_has_a_name_with_an_at_sign_and_a_host() {
    check(
        r#""office": {} }"#,
        &[
            (
                r#""office": {}, "spare": {} }"#,
                &["5:56 warning: host `spare` has no nodes | put a node on it, or leave it out"],
            ),
            (
                r#""office": { "cpus": 4 } }"#,
                &["5:54 unknown field `cpus` | the fields are `site`, `kernel`"],
            ),
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
fn nodes_of_a_distributed_application_wait_for_each_other() {
    let both = |late: &str, early: &str| {
        format!(
            "20:22 warning: `{late}` does not wait for `{early}` at its start, so both may run \
             `database` | Erlang's nodes agree on where it runs only if they wait for each other; \
             beside `nodes` write \"sync_nodes\": {{ \"optional\": [\"db1@a\", \"db2@b\", \
             \"web@a\"], \"timeout\": \"1s\" }}"
        )
    };
    let group = r#""sync_nodes": { "optional": ["db1@a", "db2@b", "web@a"], "timeout": "1s" },"#;
    check(
        group,
        &[
            ("", &[&both("db1@a", "web@a")]),
            (
                r#""sync_nodes": { "mandatory": ["web@a", "db1@a", "db2@b"], "timeout": "1m" },"#,
                &[],
            ),
            (
                r#""sync_nodes": { "optional": ["web@a", "db1@a"], "timeout": "infinity" },"#,
                &[&both("db2@b", "db1@a")],
            ),
            (
                r#""sync_nodes": { "optional": ["web@a"], "timeout": "1s" },"#,
                &[
                    "11:20 warning: nobody waits for anybody here | name at least two nodes in \
                     `optional` and `mandatory`, or leave it out",
                    &both("db1@a", "web@a"),
                ],
            ),
            (
                r#""sync_nodes": { "optional": ["web@a", "db1@a", "db2@b"], "timeout": "0s" },"#,
                &["11:74 a node cannot wait for no time | Erlang refuses 0: write more, such as \
                     \"1s\", or leave it out"],
            ),
            (
                r#""sync_nodes": { "optional": ["web@a", "db1@a", "db3@b"], "timeout": "1s" },"#,
                &["11:53 unknown node `db3@b` | did you mean `db2@b`?"],
            ),
            (
                r#""sync_nodes": { "optional": ["web@a", "db1@a", "db2@b"] },"#,
                &[
                    "11:20 `timeout` is missing in a group of nodes | write a duration or \"infinity\": the \
                     time for which each waits for the others",
                ],
            ),
        ],
    );
    check(
        r#""starts_at": "1s""#,
        &[
            (
                r#""starts_at": "1s", "sync_nodes_optional": ["db1@a", "web@a"]"#,
                &[
                    "9:76 warning: `db2@b` waits for nobody without a time limit | Erlang looks at \
                     the list only if there is `sync_nodes_timeout`: add \"sync_nodes_timeout\": \"1s\"",
                    &both("db2@b", "db1@a"),
                ],
            ),
            (
                r#""starts_at": "1s", "sync_nodes_timeout": "1s""#,
                &[
                    "9:75 warning: `db2@b` names no nodes to wait for | name them in \
                     `sync_nodes_optional` or `sync_nodes_mandatory`",
                    &both("db2@b", "db1@a"),
                ],
            ),
            (
                r#""starts_at": "1s", "sync_nodes_mandatory": ["db1@a", "web@a"], "sync_nodes_timeout": "1s""#,
                &[],
            ),
        ],
    );
}

#[test]
fn nodes_run_releases_that_are_known_and_go_together() {
    check(
        r#""starts_at": "1s""#,
        &[
            (
                r#""starts_at": "1s", "otp": 28"#,
                &[
                    "9:60 warning: `db2@b` runs OTP 28, and `web@a` OTP 25 | Erlang supports clusters \
                     of releases that are at most two apart; others may connect, and nobody has \
                     promised anything",
                ],
            ),
            (r#""starts_at": "1s", "otp": 28, "cookie": "other""#, &[]),
            (r#""starts_at": "1s", "otp": 27"#, &[]),
            (
                r#""starts_at": "1s", "otp": 24"#,
                &["9:60 expected a whole number, found 24 | write a whole number from 25 to 28"],
            ),
            (
                r#""starts_at": "1s", "otp": "27""#,
                &[
                    "9:60 expected a whole number, found the text \"27\" | write it without quotes: 27",
                ],
            ),
        ],
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
                    r#"14:77 the number 2 is not a fraction | did you mean "2%"? A fraction is a number from 0 to 1, or a text as in "2%""#,
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
            &[
                "14:28 expected exactly 2 host or site names, found 1 | write exactly 2 in the brackets",
            ],
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
fn an_application_has_nodes_and_dependencies_that_exist() {
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
                    "17:12 an application needs `nodes` or `distributed` | write `nodes`: it runs on each of these nodes; or `distributed`: it runs on one of these nodes at a time",
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
}

#[test]
fn settings_are_those_of_the_service() {
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
                    r#"19:17 expected an object with names as its keys, found a list | write it in braces: { "name": value }"#,
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
