//! The reports on one hand-made run.

use serde_json::Value;

use super::{
    JsonLayout, Styles, extent_text, figures_text, proof_text, read_results, run_json, story,
    story_text, sweep_text_in_full, totals_text, verdict_text, ways_text, write_results,
    write_trace,
};
use crate::engine::term::{Atom, Pid};
use crate::engine::trace::{ConnectionFact, Fact, GlobalFact, Level, LogFact, NodeFact};
use crate::explore::tests::{faithful_run, forgetful_run, results};
use crate::explore::{
    InjectionPoint, LevelResults, MeasuredTime, Proof, ProofFault, ProofSettings, Results,
    RunConclusion, StopReason, Trial, TrialFinding,
};
use crate::scenario::Expectation;
use crate::scenario::simulation::Run;
use crate::verdict::check;
use crate::verdict::tests::hand_made::{HandMade, millis, node, users};

/// The database's node crashes and comes back; something is lost, and users see errors.
fn eventful_run() -> Run {
    let database = Atom::new("database");
    let mut run = HandMade::chat(vec![
        Expectation::RecoveryTime { workload: users(), at_most: millis(1_000) },
        Expectation::LostAcknowledged { workload: users(), at_most: 0 },
        Expectation::SingleInstance { application: database, overlap_at_most: millis(50) },
        Expectation::DetectionTime { node: node("web@a"), at_most: millis(100) },
    ]);
    run.post(19_000, 1, "hello").done(19_010).post(19_990, 2, "lost").done(19_999);
    run.crashes(20_000, "db1@a").notices(20_001, "web@a", "db1@a");
    run.notices(20_002, "db2@b", "db1@a").notices(20_400, "user@o", "db1@a");
    run.reports(20_010, "database is gone from db1@a");
    run.starts(20_500, "database", "db2@b", "{failover,db1@a}");
    let pid = Pid::new(node("db2@b"), 1, 85, 0);
    let name = Atom::new("database").into();
    run.fact(20_510, "db2@b", Fact::Global(GlobalFact::Registered { name, pid }));
    for at in [20_600, 20_700] {
        let (level, text) = (Level::Warning, "the disk is slow".to_owned());
        run.fact(at, "db2@b", Fact::Log(LogFact { pid, level, report: None, text }));
    }
    run.post(20_100, 3, "hey").fails(20_120).read(20_800, 1).shows(20_810, &["hello"]);
    run.fact(
        30_000,
        "web@a",
        Fact::Connection(ConnectionFact::CookieRejected { peer: node("spy@x") }),
    );
    run.ends(40_000, 0, "db1@a is started");
    run.fact(40_000, "db1@a", Fact::Node(NodeFact::Started { creation: 2 }));
    for watcher in ["web@a", "db2@b"] {
        run.fact(40_010, watcher, Fact::Connection(ConnectionFact::Up { peer: node("db1@a") }));
    }
    run.starts(41_000, "database", "db1@a", "{takeover,db2@b}").stops(41_020, "database", "db2@b");
    run.notices(50_000, "db2@b", "web@a").notices(50_100, "db2@b", "user@o");
    run.read(50_000, 1).shows(50_010, &["hello"]);
    run.run()
}

#[test]
fn the_story_is_told_in_the_order_of_time() {
    insta::assert_snapshot!(story_text(&story(&eventful_run()), &Styles::plain()));
}

#[test]
fn figures_are_told_in_tables() {
    insta::assert_snapshot!(figures_text(&check(&eventful_run()).figures, &Styles::plain()));
}

#[test]
fn a_verdict_that_was_not_expected_ends_in_the_command_to_replay_it() {
    let run = eventful_run();
    let replay = "nodedown run chat.json --seed 7";
    insta::assert_snapshot!(verdict_text(
        &run,
        &check(&run),
        &[("replay", replay)],
        &Styles::plain()
    ));
}

#[test]
fn a_verdict_that_was_expected_needs_no_replay() {
    let mut made = HandMade::chat(vec![Expectation::Availability {
        workload: users(),
        at_least_ppm: 1_000_000,
    }]);
    made.crashes(20_000, "db1@a").post(20_010, 1, "a").done(20_020);
    made.read(21_000, 2).shows(21_010, &["a"]);
    let run = made.run();
    let text = verdict_text(&run, &check(&run), &[("replay", "nodedown run")], &Styles::plain());
    insta::assert_snapshot!(text, @"
    ✓ users get an answer to at least 100% of their operations
        100% answered (2 of 2)
    users: masking (linearizable; all answered in time)
    verdict: pass
    ");
}

#[test]
fn a_run_that_is_given_up_says_so_at_its_end() {
    let mut made = HandMade::chat(vec![]);
    made.runs_out_of_budget();
    let last = story(&made.run()).pop().unwrap();
    assert_eq!(last.what, "the run was given up after 1234 steps; still ready: nobody");
}

#[test]
fn json_has_everything_in_its_place() {
    let run = eventful_run();
    insta::assert_snapshot!(serde_json::to_string_pretty(&run_json(&run, &check(&run))).unwrap());
}

#[test]
fn results_are_written_and_read() {
    let (lossy, faithful) = (forgetful_run("one", 18_000), faithful_run());
    let mut results = results(&[(1, Some(&lossy)), (2, Some(&faithful)), (3, None)]);
    results.scenarios[0].runs[1].times.recovery = Some(MeasuredTime::Never);
    let text = written(&results);
    assert_eq!(read_results(&text, "part.json").unwrap(), results);
}

fn written(results: &Results) -> String {
    let mut out = Vec::new();
    write_results(results, JsonLayout::Pretty, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn results_that_mean_nothing_are_refused_at_their_place() {
    let lossy = forgetful_run("one", 18_000);
    let text = written(&results(&[(1, Some(&lossy))]));
    for (right, wrong, told) in [
        (r#""results": 1"#, r#""results": 9"#, "this nodedown reads version 1 of the format"),
        (r#""shard": "1/1""#, r#""shard": "2/1""#, "there is no shard 2 of 1"),
        (r#""seeds": "1..1""#, r#""seeds": "1..x""#, "\"x\" is not a seed"),
        (r#""crash_node": {"#, r#""crash_nod": {"#, "`crash_nod` is not known"),
        (r#""struck_idle""#, r#""struck_idl""#, "`struck_idl` is not known"),
        (r#""ended": "violated""#, r#""ended": "won""#, "unknown variant `won`"),
    ] {
        assert!(text.contains(right), "{right} is not in {text}");
        let garbled = text.replacen(right, wrong, 1);
        let mistakes = read_results(&garbled, "part.json").unwrap_err().to_string();
        let line = 1 + garbled[..garbled.find(wrong).unwrap()].matches('\n').count();
        assert!(mistakes.contains(told), "{wrong}: {mistakes}");
        assert!(
            mistakes.contains(&format!("part.json:{line}")),
            "{wrong} in line {line}: {mistakes}"
        );
    }
}

#[test]
fn colours_are_codes_around_the_same_text() {
    let story = story(&eventful_run());
    let coloured = story_text(&story, &Styles::coloured());
    assert!(coloured.contains("\u{1b}["));
    let stripped = anstream::adapter::strip_str(&coloured).to_string();
    assert_eq!(stripped, story_text(&story, &Styles::plain()));
}

#[test]
fn a_trace_is_a_record_a_line_with_terms_as_erlang_prints_them() {
    let run = eventful_run();
    let mut out = Vec::new();
    write_trace(&run.trace, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), run.trace.records().len());
    let registered = text.lines().find(|line| line.contains("global_registered")).unwrap();
    insta::assert_snapshot!(registered, @r#"{"id":25,"cause":0,"at":20510000000,"node":"db2@b","what":"global_registered","name":"database","pid":"<db2@b.85.0>"}"#);
}

#[test]
fn a_sweep_is_told_with_its_coverage_its_times_and_its_ways_of_failing() {
    let (one, other) = (forgetful_run("one", 18_000), forgetful_run("other", 18_500));
    let faithful = faithful_run();
    let runs = [(9, Some(&one)), (3, Some(&other)), (5, Some(&faithful)), (4, None)];
    let results = results(&runs);
    let (scenario, plain) = (&results.scenarios[0], Styles::plain());
    let parts = [
        sweep_text_in_full(scenario, &plain),
        ways_text(scenario, &plain),
        extent_text(&results),
        totals_text(scenario, &plain),
    ];
    insta::assert_snapshot!(parts.concat());
}

fn strike(fault: ProofFault, name: &str, at: u64, moment: &str) -> InjectionPoint {
    let at = crate::engine::time::Time::from_nanos(at * 1_000_000);
    InjectionPoint {
        fault,
        node: node(name),
        step: at.as_nanos() / 10_000,
        at,
        moment: moment.to_owned(),
    }
}

/// With one fault everything is masked; a second one loses something in two runs.
fn proof() -> Proof {
    let shown = |summary: &str| TrialFinding {
        what: "users lose nothing of what was acknowledged".to_owned(),
        summary: summary.to_owned(),
        witness: (1..=5).map(|number| format!("post {number} is missing")).collect(),
    };
    let first = || strike(ProofFault::Crash, "db1@a", 5_062, "before db1@a sends {ok,1}");
    let failed = |at| Trial {
        strikes: vec![
            first(),
            strike(ProofFault::Partition, "db2@b", at, "before <db2@b.1.0> gets hello"),
        ],
        ended: RunConclusion::Violated,
        shown: vec![shown("115 of 729 acknowledged operations lost")],
        faults: vec![r#"{ "at_step": 1213, "crash": "db1@a" }"#.to_owned()],
    };
    let open = Trial {
        strikes: vec![first()],
        ended: RunConclusion::Inconclusive,
        shown: vec![TrialFinding { witness: Vec::new(), ..shown("nobody reads") }],
        faults: Vec::new(),
    };
    let level = |points, classes, masked, failed, open| LevelResults {
        points,
        classes,
        planned: classes,
        masked,
        failed,
        open,
        hopeless: failed,
    };
    Proof {
        file: "chat.json".to_owned(),
        name: "the chat survives".to_owned(),
        seed: 7,
        settings: ProofSettings {
            crashes: 2,
            partitions: 1,
            restart_after: Some(millis(10_000)),
            heal_after: None,
            each: std::num::NonZero::<usize>::MIN,
            nodes: vec![node("db1@a"), node("db2@b")],
        },
        events: 10_771,
        levels: vec![level(4_408, 8, 7, 0, 1), level(179, 173, 100, 2, 0)],
        failed: vec![failed(15_065), failed(15_066)],
        open: vec![open],
        tried: Vec::new(),
        stopped: Some(StopReason::TimeUp),
    }
}

#[test]
fn a_proof_is_told_with_how_far_it_came_and_what_was_not_masked() {
    insta::assert_snapshot!(proof_text(&proof(), &Styles::plain()));
}

#[test]
fn the_last_line_of_a_proof_says_what_is_proved() {
    let all =
        LevelResults { points: 9, classes: 3, planned: 3, masked: 3, ..LevelResults::default() };
    let ended = |level: LevelResults, stopped| {
        let (failed, open) = (Vec::new(), Vec::new());
        proof_text(
            &Proof { levels: vec![level], failed, open, stopped, ..proof() },
            &Styles::plain(),
        )
    };
    for (level, stopped, expected) in [
        (all.clone(), None, "all 3 trials masked"),
        (
            LevelResults { masked: 1, ..all.clone() },
            Some(StopReason::Interrupted),
            "interrupted: 1 of 3 tried, 1 masked so far",
        ),
        (
            LevelResults { masked: 2, open: 1, ..all },
            None,
            "1 of 3 trials put nothing to the test, 2 masked",
        ),
        (LevelResults::default(), None, "nothing was tried: no fault could matter"),
    ] {
        assert_eq!(ended(level, stopped).lines().last(), Some(expected));
    }
}
