//! What goes wrong with disks, and what the database and the key-value service do then.

use nodedown::history::Outcome;
use nodedown::scenario::Scenario;
use nodedown::services::Programs;
use nodedown::simulation::{Run, Simulation};
use nodedown::verdict::{Conclusion, Verdict, check};

/// The chat with a database on one node, `db1@d`, alone on its host.
fn chat(database: &str, faults: &str) -> Scenario {
    let file = format!("{}/scenarios/fsync-error.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(file).unwrap();
    let (before, rest) = text.split_once(r#""faults": ["#).unwrap();
    let (_, after) = rest.split_once(r#""expect": ["#).unwrap();
    let text = format!(r#"{before} "faults": [{faults}], "expect": [{after}"#);
    let usual = r#""replication": "sync", "storage": "disk", "fsync": true"#;
    assert_eq!(text.matches(usual).count(), 1);
    parse(&text.replace(usual, database))
}

const ON_DISK: &str = r#""storage": "disk""#;

/// Three replicas, each on a host of its own.
fn kv(faults: &str) -> Scenario {
    let file = format!("{}/scenarios/quorum.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(file).unwrap();
    let (before, _) = text.split_once(r#""faults": ["#).unwrap();
    parse(&format!(
        r#"{before} "faults": [{faults}], "expect": [{{ "linearizable": "users" }}] }}"#
    ))
}

fn parse(text: &str) -> Scenario {
    let read = Scenario::parse(text, "disks.json", &Programs::builtin().catalogue());
    read.unwrap_or_else(|error| panic!("{error}"))
}

fn run(scenario: &Scenario, seed: u64) -> (Run, Verdict) {
    let run = Simulation::new(scenario.plan(seed), &Programs::builtin()).run();
    let verdict = check(&run);
    (run, verdict)
}

/// Whether a service says something that begins so, and where.
fn says(run: &Run, node: &str, text: &str) -> bool {
    run.reports.iter().any(|line| line.node.as_str() == node && line.text.starts_with(text))
}

fn told(run: &Run) -> Vec<String> {
    run.reports.iter().map(|line| format!("{} {} {}", line.at, line.node, line.text)).collect()
}

/// How many operations begun between two seconds were answered, and how many there were.
fn answered(run: &Run, from: f64, until: f64) -> (usize, usize) {
    let within = |at: f64| from <= at && at < until;
    let all = run.history.operations().iter();
    let all: Vec<_> = all.filter(|each| within(each.invoked.as_secs_f64())).collect();
    (all.iter().filter(|each| each.is_ok()).count(), all.len())
}

/// How many operations ended with this reason.
fn ended(run: &Run, reason: &str) -> usize {
    let with_reason = |outcome: &Outcome| match outcome {
        Outcome::Failed(why) | Outcome::Unknown(why) => why.is_atom(reason),
        Outcome::Ok(_) => false,
    };
    let completions = run.history.operations().iter().filter_map(|each| each.completion.as_ref());
    completions.filter(|completion| with_reason(&completion.outcome)).count()
}

const CUT_POWER: &str = r#"{ "at": "24s", "crash_host": "rack-d", "restart_after": "2s" }"#;

#[test]
fn a_store_that_cannot_sync_crashes_and_loses_nothing() {
    let faults = format!(r#"{{ "at": "20s", "fsync_error": "db1@d", "for": "5s" }}, {CUT_POWER}"#);
    for seed in 1..=20 {
        let (run, verdict) = run(&chat(ON_DISK, &faults), seed);
        assert_eq!(verdict.conclusion, Conclusion::Pass, "seed {seed}: {:#?}", told(&run));
        assert!(says(&run, "db1@d", "the store crashes: the disk could not be synced"));
        let (ok, all) = answered(&run, 30.0, 48.0);
        assert!(ok == all && all > 100, "{ok} of {all}");
    }
}

#[test]
fn a_sync_that_is_tried_again_loses_what_the_first_has_given_up() {
    let database = format!(r#"{ON_DISK}, "mutation": "retry_fsync""#);
    let faults = format!(r#"{{ "at": "20s", "fsync_error": "db1@d", "for": "5s" }}, {CUT_POWER}"#);
    let lost = (1..=20)
        .filter(|seed| run(&chat(&database, &faults), *seed).1.conclusion == Conclusion::Violated);
    assert_eq!(lost.count(), 20);
}

#[test]
fn a_full_disk_refuses_posts_and_answers_reads() {
    let faults = r#"{ "at": "20s", "full_disk": "rack-d", "for": "10s" }"#;
    let (run, _) = run(&chat(ON_DISK, faults), 1);
    assert!(ended(&run, "disk_full") >= 5, "{}", ended(&run, "disk_full"));
    let reads = run.history.operations().iter().filter(|each| each.name.as_str() == "read");
    let during: Vec<_> =
        reads.filter(|each| (21.0..29.0).contains(&each.invoked.as_secs_f64())).collect();
    assert!(during.len() > 2 && during.iter().any(|read| read.is_ok()));
    let (ok, all) = answered(&run, 36.0, 48.0);
    assert!(ok == all && all > 80, "{ok} of {all}");
}

#[test]
fn a_slow_disk_makes_users_wait() {
    let faults = r#"{ "at": "20s", "slow_disk": "db1@d", "latency": "150ms", "for": "10s" }"#;
    let (run, verdict) = run(&chat(ON_DISK, faults), 1);
    assert_eq!(verdict.findings[0].result, Conclusion::Pass);
    let posts = |from: f64, until: f64| {
        let all = run.history.operations().iter().filter(move |each| {
            each.name.as_str() == "post" && (from..until).contains(&each.invoked.as_secs_f64())
        });
        let fastest = all.filter_map(nodedown::history::Operation::latency).min();
        fastest.unwrap().as_millis()
    };
    assert!(posts(5.0, 19.0) < 10 && posts(20.5, 29.0) >= 150 && posts(40.0, 48.0) < 10);
}

#[test]
fn a_lying_disk_loses_with_the_power_and_only_with_it() {
    let crash = |how: &str| {
        format!(
            r#"{{ "at": "15s", "lying_disk": "db1@d" }}, {{ "at": "20s", {how}, "restart_after": "2s" }}"#
        )
    };
    for seed in 1..=10 {
        let power = chat(ON_DISK, &crash(r#""crash_host": "rack-d""#));
        assert_eq!(run(&power, seed).1.conclusion, Conclusion::Violated, "seed {seed}");
        let node = chat(ON_DISK, &crash(r#""crash": "db1@d""#));
        assert_eq!(run(&node, seed).1.conclusion, Conclusion::Pass, "seed {seed}");
    }
    let mended = r#"{ "at": "15s", "lying_disk": "db1@d" }, { "at": "18s", "mend_disk": "db1@d" },
                    { "at": "20s", "crash_host": "rack-d", "restart_after": "2s" }"#;
    assert_eq!(run(&chat(ON_DISK, mended), 1).1.conclusion, Conclusion::Pass);
}

#[test]
fn a_damaged_log_is_refused_where_nobody_has_another() {
    let faults = r#"{ "at": "20s", "corrupt_disk": "db1@d" },
                    { "at": "21s", "crash": "db1@d", "restart_after": "1s" }"#;
    let (run, _) = run(&chat(ON_DISK, faults), 1);
    assert!(says(&run, "db1@d", "the store has lost its log: record"), "{:#?}", told(&run));
    let (ok, all) = answered(&run, 23.0, 60.0);
    assert!(ok == 0 && all > 50, "{ok} of {all}");
}

#[test]
fn a_damaged_log_comes_back_from_the_leader() {
    let file = format!("{}/scenarios/chat-failover.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(file).unwrap();
    let sync = r#""replication": "sync""#;
    let text = text.replace(sync, r#""replication": "sync", "storage": "disk""#);
    let crash = r#""faults": ["#;
    let text = text.replace(crash, r#""faults": [{ "at": "19s", "corrupt_disk": "db1@a" }, "#);
    let (run, verdict) = run(&parse(&text), 7);
    assert_eq!(verdict.findings[0].result, Conclusion::Pass, "{:#?}", told(&run));
    assert!(says(&run, "db1@a", "the store has lost its log: record"), "{:#?}", told(&run));
    assert!(says(&run, "db1@a", "the store has the whole log again"), "{:#?}", told(&run));
}

#[test]
fn a_replica_with_a_damaged_disk_does_not_vote() {
    let damage = |node: &str, at: u32| {
        let crash = at + 1;
        format!(
            r#"{{ "at": "{at}s", "corrupt_disk": "{node}" }},
               {{ "at": "{crash}s", "crash": "{node}", "restart_after": "500ms" }}"#
        )
    };
    let (one, verdict) = run(&kv(&damage("kv1@a", 15)), 1);
    assert_eq!(verdict.conclusion, Conclusion::Pass);
    assert!(says(&one, "kv1@a", "does not vote any more: record"), "{:#?}", told(&one));
    let (ok, all) = answered(&one, 18.0, 50.0);
    assert_eq!(ok, all);
    let both = format!("{}, {}", damage("kv1@a", 15), damage("kv2@b", 25));
    let (two, verdict) = run(&kv(&both), 1);
    assert_ne!(verdict.conclusion, Conclusion::Violated);
    assert_eq!(answered(&two, 28.0, 50.0).0, 0, "{:#?}", told(&two));
}

#[test]
fn one_bad_disk_of_three_is_hardly_noticed() {
    for fault in [
        r#""fsync_error": "kv1@a""#,
        r#""full_disk": "kv1@a""#,
        r#""slow_disk": "kv1@a", "latency": "2s""#,
        r#""lying_disk": "kv1@a""#,
    ] {
        let faults = format!(r#"{{ "at": "15s", {fault}, "for": "20s" }}"#);
        let (run, verdict) = run(&kv(&faults), 1);
        assert_eq!(verdict.conclusion, Conclusion::Pass, "{fault}: {:#?}", told(&run));
        let (ok, all) = answered(&run, 0.0, 60.0);
        assert_eq!(ok, all, "{fault}");
    }
}

/// All that a disk may do but lie, on all nodes, with crashes and cuts of power.
#[test]
fn a_majority_is_safe_with_disks_that_fail() {
    let scenario = {
        let file = format!("{}/scenarios/quorum.json", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(file).unwrap();
        let (before, _) = text.split_once(r#""faults": ["#).unwrap();
        let chaos = r#""chaos": {
            "from": "6s", "quiet": "15s", "budget": "all", "interval": "6s", "swarm": false,
            "for": { "distribution": "exponential", "min": "200ms", "mean": "3s" },
            "kinds": { "fsync_error": 1, "full_disk": 1, "slow_disk": 1, "corrupt_disk": 0.2,
                       "crash": 1, "crash_host": 1, "kill": 1, "partition": 1, "pause": 0.5 },
        }"#;
        parse(&format!(r#"{before} {chaos}, "expect": [{{ "linearizable": "users" }}] }}"#))
    };
    let (mut struck, mut ok) = (0, 0);
    for seed in 1..=60 {
        let (run, verdict) = run(&scenario, seed);
        assert_ne!(verdict.conclusion, Conclusion::Violated, "seed {seed}: {:#?}", told(&run));
        struck += run.reports.iter().filter(|line| line.text.contains("disk")).count();
        ok += answered(&run, 0.0, 60.0).0;
    }
    assert!(struck > 100 && ok > 5_000, "{struck} {ok}");
}

#[test]
fn chaos_leaves_disks_alone_unless_it_is_told_to() {
    let kinds = |chaos: &str| {
        let file = format!("{}/scenarios/quorum.json", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(file).unwrap();
        let (before, _) = text.split_once(r#""faults": ["#).unwrap();
        let scenario = parse(&format!(r#"{before} "chaos": {chaos} }}"#));
        let kinds = scenario.chaos.unwrap().kinds;
        kinds.iter().map(|kind| kind.kind.name()).collect::<Vec<_>>()
    };
    let usual = kinds("{}");
    assert!(usual.len() > 10 && usual.iter().all(|kind| !kind.contains("disk")), "{usual:?}");
    let own = kinds(r#"{ "kinds": { "lying_disk": 1, "slow_disk": { "latency": "1s" } } }"#);
    assert_eq!(own, ["lying_disk", "slow_disk"]);
}
