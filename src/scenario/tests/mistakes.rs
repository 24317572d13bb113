//! One mistake at a time: where it is found, what is said, and what to write instead.

use crate::scenario::{Diagnostic, Severity};

use super::{diagnostics, with};

/// Makes one mistake in the file and compares what is said about it.
#[track_caller]
fn check(part: &str, mistake: &str, expected: &[&str]) {
    let found = diagnostics(&with(part, mistake));
    let found: Vec<String> = found.iter().map(line).collect();
    assert_eq!(found, expected, "{mistake}");
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
fn dump() {
    let cases: &[(&str, &str)] = &[
        (r#""duration": "90s""#, r#""duration": 90"#),
        (r#""duration": "90s""#, r#""duration": "90""#),
        (r#""duration": "90s""#, r#""duration": "90 sec""#),
        (r#""duration": "90s""#, r#""duration": "0s""#),
        (r#""duration": "90s""#, r#""duratoin": "90s""#),
        (r#""duration": "90s","#, r#""#),
        (r#""duration": "90s""#, r#""duration": null"#),
        (r#""duration": "90s""#, r#""duration": "90s", "duration": "80s""#),
        (r#""duration": "90s""#, r#""duration": "90s", "seed": -1"#),
        (r#""duration": "90s""#, r#""duration": "90s", "seed": 1.5"#),
        (r#""duration": "90s""#, r#""duration": "90s", "seed": "7""#),
        (r#""duration": "90s""#, r#""duration": "90s", "seed": 1e999"#),
        (r#""duration": "90s""#, r#""duration": "90s", "schedule": "rnadom""#),
        (r#""duration": "90s""#, r#""duration": "90s", "banana": 1"#),
        (r#""duration": "90s""#, r#""duration": "90s", "transport": {"keep_alive": true}"#),
        (r#""duration": "90s""#, r#""duration": "90s", "transport": {"kind": "jsonhttp"}"#),
        (r#""duration": "90s""#, r#""duration": "90s", "transport": {"kind": "distribution", "keep_alive": true}"#),
        (r#""duration": "90s""#, r#""duration": "90s", "transport": "http""#),
        (r#""name": "the database node is lost""#, r#""name": 5"#),
        (r#""name": "the database node is lost""#, r#""name" "x""#),
        (r#""name": "the database node is lost","#, r#""name": "x""#),
        (r#""name": "the database node is lost","#, r#"name: "x","#),
        (r#""name": "the database node is lost","#, r#""name": 'x',"#),
        (r#""name": "the database node is lost","#, r#""name": x,"#),
        (r#""name": "the database node is lost","#, r#""name": "x,"#),
        (r#""office": {} }"#, r#""office": {}, "spare": {} }"#),
        (r#""office": {} }"#, r#""office": { "cpus": 4 } }"#),
        (r#""web@a": { "host": "rack-a" }"#, r#""web": { "host": "rack-a" }"#),
        (r#""web@a": { "host": "rack-a" }"#, r#""web@a": { "host": "rack-c" }"#),
        (r#""web@a": { "host": "rack-a" }"#, r#""web@a": { "host": "db1@a" }"#),
        (r#""web@a": { "host": "rack-a" }"#, r#""web@a": {}"#),
        (r#""web@a": { "host": "rack-a" }"#, r#""web@a": "rack-a""#),
        (r#""web@a": { "host": "rack-a" }"#, r#""web@a": { "host": "rack-a", "cookie": "" }"#),
        (r#""web@a": { "host": "rack-a" }"#, r#""web@a": { "host": "rack-a" }, "db1@a": { "host": "rack-b" }"#),
        (r#""starts_at": "1s""#, r#""starts_at": "90s""#),
        (r#""hidden": true"#, r#""hidden": "true""#),
        (r#""loss": "2%""#, r#""loss": 2"#),
        (r#""loss": "2%""#, r#""loss": "100%""#),
        (r#""loss": "2%""#, r#""bandwidth": "100MB/s""#),
        (r#""loss": "2%""#, r#""bandwidth": 100"#),
        (r#""loss": "2%""#, r#""lose": "2%""#),
        (r#"["rack-a", "office"]"#, r#"["rack-a"]"#),
        (r#""latency": "20ms""#, r#""latency": {"median": "1ms"}"#),
        (r#""latency": "20ms""#, r#""latency": {"distribution": "log-normal", "median": "1ms"}"#),
        (r#""latency": "20ms""#, r#""latency": {"distribution": "lognormal", "median": "1ms"}"#),
        (r#""latency": "20ms""#, r#""latency": {"distribution": "lognormal", "median": "9ms", "p99": "3ms"}"#),
        (r#""latency": "20ms""#, r#""latency": {"distribution": "uniform", "median": "9ms", "min": "1ms", "max": "3ms"}"#),
        (r#""latency": "20ms""#, r#""latency": {"distribution": "table", "rows": [["1ms", 0]]}"#),
        (r#""latency": "20ms""#, r#""latency": {"distribution": "table", "rows": [["1ms"]]}"#),
        (r#""latency": "20ms""#, r#""latency": 20"#),
        (r#"["web@a", "db1@a", "db2@b"]"#, r#"["web@a", "db3@a"]"#),
        (r#"["web@a", "db1@a", "db2@b"]"#, r#""web@a""#),
        (r#"["web@a", "db1@a", "db2@b"]"#, r#"3"#),
        (r#"["web@a", "db1@a", "db2@b"]"#, r#"[]"#),
        (r#"["web@a", "db1@a", "db2@b"]"#, r#"["web@a", "web@a"]"#),
        (r#"["web@a", "db1@a", "db2@b"]"#, r#"["rack-a"]"#),
        (r#"["web@a", "db1@a", "db2@b"]"#, r#"["user@o"]"#),
        (r#""log": { "nodes": ["web@a", "db1@a", "db2@b"] }"#, r#""log": {}"#),
        (r#""log": { "nodes": ["web@a", "db1@a", "db2@b"] }"#, r#""log": { "nodes": ["db1@a"], "depends_on": ["database"] }"#),
        (r#""log": { "nodes": ["web@a", "db1@a", "db2@b"] }"#, r#""log": { "nodes": ["db1@a"], "depends_on": ["log"] }"#),
        (r#""log": { "nodes": ["web@a", "db1@a", "db2@b"] }"#, r#""logg": { "nodes": ["db1@a"] }"#),
        (r#""log": { "nodes": ["web@a", "db1@a", "db2@b"] }"#, r#""log": { "node": ["db1@a"] }"#),
        (r#""log": { "nodes": ["web@a", "db1@a", "db2@b"] }"#, r#""log": { "service": "logger", "nodes": ["db1@a"] }"#),
        (r#""config": { "flush_every": "1s" }"#, r#""config": { "flush_every": 1 }, "nodes": ["db1@a"]"#),
        (r#""config": { "flush_every": "1s" }"#, r#""config": { "replication": "synch" }"#),
        (r#""config": { "flush_every": "1s" }"#, r#""config": { "replicas": 2 }"#),
        (r#""config": { "flush_every": "1s" }"#, r#""config": { "log": "logs" }"#),
        (r#""config": { "flush_every": "1s" }"#, r#""config": [], "type": "permanently""#),
        (r#""timeout": "500ms""#, r#""timeout": "forever""#),
        (r#""timeout": "500ms""#, r#""timeout": "-1s""#),
        (r#""client": "chat_user""#, r#""client": "chat_users""#),
        (r#""client": "chat_user","#, r#""#),
        (r#""on": "user@o""#, r#""on": "user@p""#),
        (r#""on": "user@o""#, r#""on": ["user"]"#),
        (r#""on": "user@o""#, r#""on": 7"#),
        (r#""count": 20"#, r#""count": 0"#),
        (r#""rate": "5/s""#, r#""rate": 5"#),
        (r#""rate": "5/s""#, r#""rate": "5 per second""#),
        (r#""rate": "5/s""#, r#""rate": "1000000/s""#),
        (r#""from": "5s""#, r#""from": "80s""#),
        (r#""from": "5s""#, r#""from": "-5s""#),
        (r#""until": "80s","#, r#""until": "100s","#),
        (r#""post": 0.5, "read": 2"#, r#""post": 0, "read": 0"#),
        (r#""post": 0.5, "read": 2"#, r#""pots": 1"#),
        (r#""post": 0.5, "read": 2"#, r#""post": -1"#),
        (r#""mix": { "post": 0.5, "read": 2 }"#, r#""from": "95s""#),
        (r#"{ "at": "20s", "crash": "db1@a", "restart_after": "20s" }"#, r#"{ "at": "90s", "crash": "db1@a" }"#),
        (r#"{ "at": "20s", "crash": "db1@a", "restart_after": "20s" }"#, r#"{ "at": "-1s", "crash": "db1@a" }"#),
        (r#"{ "at": "20s", "crash": "db1@a", "restart_after": "20s" }"#, r#"{ "at": "20s", "crash": "db4@a" }"#),
        (r#"{ "at": "20s", "crash": "db1@a", "restart_after": "20s" }"#, r#"{ "at": "20s", "crash": "rack-a" }"#),
        (r#"{ "at": "20s", "crash": "db1@a", "restart_after": "20s" }"#, r#"{ "at": "20s", "crash": "database" }"#),
        (r#"{ "at": "20s", "crash": "db1@a", "restart_after": "20s" }"#, r#"{ "at": "20s", "crahs": "db1@a" }"#),
        (r#"{ "at": "20s", "crash": "db1@a", "restart_after": "20s" }"#, r#"{ "at": "20s" }"#),
        (r#"{ "at": "20s", "crash": "db1@a", "restart_after": "20s" }"#, r#"{ "crash": "db1@a" }"#),
        (r#"{ "at": "20s", "crash": "db1@a", "restart_after": "20s" }"#, r#"{ "at": "20s", "crash": "db1@a", "stop": "db2@b" }"#),
        (r#"{ "at": "20s", "crash": "db1@a", "restart_after": "20s" }"#, r#"{ "at": "20s", "crash": "db1@a", "heal_after": "2s" }"#),
        (r#"{ "at": "20s", "crash": "db1@a", "restart_after": "20s" }"#, r#"{ "at": "20s", "after": "1s", "crash": "db1@a" }"#),
        (r#"{ "at": "20s", "crash": "db1@a", "restart_after": "20s" }"#, r#"{ "at": "20s", "when": {"nodedown": "db1@a"}, "crash": "db1@a" }"#),
        (r#"{ "at": "20s", "crash": "db1@a", "restart_after": "20s" }"#, r#"{ "when": {"nodedwn": "db1@a"}, "crash": "db1@a" }"#),
        (r#"{ "at": "20s", "crash": "db1@a", "restart_after": "20s" }"#, r#"{ "when": {"nodedown": "db1@a", "on": "db2@b"}, "crash": "db1@a" }"#),
        (r#"{ "at": "20s", "crash": "db1@a", "restart_after": "20s" }"#, r#"{ "at": "20s", "crash_host": "rack-z" }"#),
        (r#"{ "at": "20s", "crash": "db1@a", "restart_after": "20s" }"#, r#"{ "at": "20s", "kill": "databse", "reason": "{oops" }"#),
        (r#"{ "at": "20s", "crash": "db1@a", "restart_after": "20s" }"#, r#"{ "at": "20s", "slow_path": ["rack-a", "rack-b"] }"#),
        (r#"{ "at": "20s", "crash": "db1@a", "restart_after": "20s" }"#, r#"{ "at": "20s", "disconnect": ["db1@a", "db1@a"] }"#),
        (r#"{ "at": "20s", "crash": "db1@a", "restart_after": "20s" }"#, r#"{ "at": "20s", "disconnect": ["db1@a"] }"#),
        (r#"{ "at": "20s", "crash": "db1@a", "restart_after": "20s" }"#, r#"{ "at": "20s", "clock_step": "db1@a" }"#),
        (r#"{ "at": "20s", "crash": "db1@a", "restart_after": "20s" }"#, r#"{ "at": "20s", "clock_step": "db1@a", "by": -5 }"#),
        (r#"{ "at": "20s", "crash": "db1@a", "restart_after": "20s" }"#, r#"{ "at": "20s", "clock_drift": "db1@a", "ppm": -1000000 }"#),
        (r#"{ "at": "20s", "crash": "db1@a", "restart_after": "20s" }"#, r#"{ "at": "20s", "slow_node": "db1@a", "factor": 0 }"#),
        (r#"{ "at": "20s", "crash": "db1@a", "restart_after": "20s" }"#, r#"{ "at": "20s", "heal": "some" }"#),
        (r#"{ "at": "20s", "crash": "db1@a", "restart_after": "20s" }"#, r#""crash""#),
        (r#"[["db1@a"], ["rack-b"]]"#, r#"[["db1@a"], ["db1@a"]]"#),
        (r#"[["db1@a"], ["rack-b"]]"#, r#"[["db1@a", "db1@a"], ["db2@b"]]"#),
        (r#"[["db1@a"], ["rack-b"]]"#, r#"[["db1@a"], ["rack-a"]]"#),
        (r#"[["db1@a"], ["rack-b"]]"#, r#"[["db1@a"], ["db3@b"]]"#),
        (r#"[["db1@a"], ["rack-b"]]"#, r#"[["db1@a"]]"#),
        (r#"[["db1@a"], ["rack-b"]]"#, r#"[["db1@a"], []]"#),
        (r#"[["db1@a"], ["rack-b"]]"#, r#"["db1@a", "db2@b"]"#),
        (r#""within": "2s""#, r#""witihn": "2s""#),
        (r#""transparent": "users""#, r#""transparent": "user""#),
        (r#""single_instance": "database""#, r#""single_instance": "log""#),
        (r#""single_instance": "database""#, r#""single_instance": "databse""#),
        (r#""single_instance": "database""#, r#""availability": "users", "at_least": "99.99999%""#),
        (r#""single_instance": "database""#, r#""lost_acknowledged": "users", "at_most": "0s""#),
        (r#""single_instance": "database""#, r#""transparnt": "users", "within": "1s""#),
    ];
    let mut out = String::new();
    for (part, mistake) in cases {
        out += &format!("== {mistake}\n");
        for d in diagnostics(&with(part, mistake)).iter() { out += &format!("   {}\n", line(d)); }
    }
    std::fs::write("/tmp/dump.txt", out).unwrap();
}
