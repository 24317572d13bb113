//! What is said of why a run went as it did, against figures that are computed another way: from
//! the history and the records one by one, without the causes that the records carry.
//!
//! `NODEDOWN_EXPLAINED_SEEDS=20 cargo test --test scenario explained` takes 20 seeds of each scenario.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

use nodedown::explain::{Explanation, FaultExplanation, FaultTransition, Harm, explain};
use nodedown::history::{Action, Operation, OperationId};
use nodedown::prelude::*;
use nodedown::scenario::{Expectation, Scenario};
use nodedown::term::{Pid, Term};
use nodedown::time::Time;
use nodedown::trace::{Detail, Fact, FaultFact, MessageFact, ProcessFact};
use nodedown::verdict::check;

/// How many seeds of each scenario are looked at.
fn seeds() -> u64 {
    let set = std::env::var("NODEDOWN_EXPLAINED_SEEDS").ok();
    set.map_or(2, |text| text.parse().expect("NODEDOWN_EXPLAINED_SEEDS is a number"))
}

/// How much was looked at.
#[derive(Debug, Default)]
struct Looked {
    runs: usize,
    faults: usize,
    troubled: usize,
    answers: usize,
    places: usize,
    missing: usize,
    duplicated: usize,
}

#[test]
fn what_is_said_of_the_shipped_scenarios_is_what_history_and_records_show() {
    let (programs, mut looked) = (Programs::builtin(), Looked::default());
    let folder = format!("{}/scenarios", env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.retain(|file| {
        let name = file.to_string_lossy();
        name.ends_with(".json") && !name.ends_with(".schema.json")
    });
    for file in &files {
        let scenario = Scenario::from_file(file, &programs.catalogue()).unwrap();
        for seed in scenario.seed..scenario.seed + seeds() {
            for plan in scenario.plans(seed) {
                let simulation = Simulation::new(plan, &programs).detail(Detail::Full);
                let run = simulation.with_twin().run();
                let explanation = explain(&run, &check(&run));
                let name = file.file_name().unwrap().to_string_lossy();
                Figures::of(&run).compare(
                    &explanation,
                    &format!("{name}, seed {seed}"),
                    &mut looked,
                );
            }
        }
    }
    println!("{looked:?}");
    let seeds = seeds() as usize;
    assert!(looked.runs >= 20 * seeds && looked.faults >= 60 * seeds, "{looked:?}");
    assert!(looked.troubled >= 500 * seeds && looked.answers >= 20 * seeds, "{looked:?}");
    assert!(looked.places >= 10 * seeds && looked.missing >= 50 * seeds, "{looked:?}");
    assert!(looked.duplicated >= seeds / 2, "{looked:?}");
}

/// What history and records show.
struct Figures<'a> {
    run: &'a Run,
    /// From when on something was wrong with an operation, and whether it was answered.
    troubled: BTreeMap<OperationId, (Time, bool)>,
    lost: BTreeSet<OperationId>,
    out_of_sight: BTreeSet<OperationId>,
    duplicated: usize,
}

impl<'a> Figures<'a> {
    fn of(run: &'a Run) -> Figures<'a> {
        let mut figures = Figures {
            run,
            troubled: BTreeMap::new(),
            lost: BTreeSet::new(),
            out_of_sight: BTreeSet::new(),
            duplicated: 0,
        };
        for (id, operation) in run.history.iter() {
            let slow = slow(run, operation);
            let impatient = slow.map(|slow| operation.invoked + slow);
            let (end, is_ok) = (end(operation), operation.is_ok());
            let gives_up = operation.invoked + operation.timeout;
            let waits = end.unwrap_or(run.ended_at);
            let late = impatient.is_some_and(|time| waits > time);
            let failed = !is_ok && (end.is_some() || waits > gives_up || late);
            if failed || is_ok && late {
                let since = end.unwrap_or(gives_up);
                let since = impatient.map_or(since, |time| time.min(since));
                figures.troubled.insert(id, (since, is_ok));
            }
        }
        figures.look_at_the_data();
        figures
    }

    /// What reads did not show, or twice.
    fn look_at_the_data(&mut self) {
        let operations: Vec<_> = self.run.history.iter().collect();
        let appends = |(_, each): &&(OperationId, &'a Operation)| each.action == Action::Append;
        let reads: Vec<_> = operations
            .iter()
            .filter(|(_, each)| each.action == Action::Read)
            .filter_map(|(_, each)| Some((*each, each.answer()?.as_list()?)))
            .collect();
        for (id, append) in operations.iter().filter(appends).filter(|(_, each)| each.is_ok()) {
            let later =
                || reads.iter().filter(|(read, _)| read.key == append.key && follows(read, append));
            if later().any(|(_, shown)| !shown.contains(&append.value)) {
                let last = later().next_back().unwrap();
                let seen_again = last.1.contains(&append.value);
                if seen_again {
                    self.out_of_sight.insert(*id)
                } else {
                    self.lost.insert(*id)
                };
            }
        }
        let mut doubled: BTreeSet<(&Term, &Term)> = BTreeSet::new();
        for (read, shown) in &reads {
            for value in *shown {
                let times = shown.iter().filter(|each| *each == value).count();
                let written = operations.iter().filter(appends);
                let written =
                    written.filter(|(_, each)| each.key == read.key && each.value == *value);
                if times > written.count().max(1) {
                    doubled.insert((&read.key, value));
                }
            }
        }
        self.duplicated = doubled.len();
    }

    fn operation(&self, id: OperationId) -> &'a Operation {
        &self.run.history.operations()[id.0 as usize]
    }

    fn compare(&self, explanation: &Explanation, name: &str, looked: &mut Looked) {
        looked.runs += 1;
        looked.faults += explanation.faults.len();
        self.compare_troubled(explanation, name, looked);
        self.compare_data(explanation, name, looked);
        for fault in &explanation.faults {
            self.compare_fault(fault, &format!("{name}, {} at {}", fault.text, fault.at), looked);
        }
        let harms = self.run.trace.records().iter().filter(|record| match record.fact {
            Fact::Fault(FaultFact::Injected { fault, .. }) => {
                self.run.plan.faults[fault as usize].fault.takes_away()
            }
            _ => false,
        });
        let takes_away = |fault: &&FaultExplanation| {
            fault.change == FaultTransition::Injected
                && self.run.plan.faults[fault.fault as usize].fault.takes_away()
        };
        let told = explanation.faults.iter().filter(takes_away);
        assert_eq!(told.count(), harms.count(), "{name}");
    }

    /// Each operation with which something was wrong is told, once, and no other.
    fn compare_troubled(&self, explanation: &Explanation, name: &str, looked: &mut Looked) {
        let without = explanation.without_fault.iter();
        let faults = explanation.faults.iter();
        let failed = without.clone().flat_map(|each| &each.failed);
        let failed: Vec<_> = failed.chain(faults.clone().flat_map(|each| &each.failed)).collect();
        let late = without.flat_map(|each| &each.late);
        let late: Vec<_> = late.chain(faults.flat_map(|each| &each.late)).collect();
        for (told, answered) in [(failed, false), (late, true)] {
            let own = self.troubled.iter().filter(|(_, (_, is_ok))| *is_ok == answered);
            let own: BTreeSet<_> = own.map(|(id, _)| id).collect();
            let unique: BTreeSet<_> = told.iter().copied().collect();
            assert_eq!(unique.len(), told.len(), "{name}: told twice");
            assert_eq!(unique, own, "{name}: answered {answered}");
            looked.troubled += told.len();
        }
    }

    fn compare_data(&self, explanation: &Explanation, name: &str, looked: &mut Looked) {
        let without = explanation.without_fault.iter().map(|each| &each.damage);
        let damages = || without.clone().chain(explanation.faults.iter().map(|each| &each.damage));
        let lost: Vec<_> = damages().flat_map(|each| &each.lost).map(|(id, _)| *id).collect();
        let hidden: Vec<_> =
            damages().flat_map(|each| &each.out_of_sight).map(|(id, _)| *id).collect();
        for (told, own) in [(lost, &self.lost), (hidden, &self.out_of_sight)] {
            assert_eq!(told.len(), own.len(), "{name}: told twice, or not at all");
            assert_eq!(&told.into_iter().collect::<BTreeSet<_>>(), own, "{name}");
            looked.missing += own.len();
        }
        let duplicated: usize = damages().map(|each| each.duplicated.len()).sum();
        assert_eq!(duplicated, self.duplicated, "{name}");
        looked.duplicated += duplicated;
    }

    /// Nothing is laid to a fault that went wrong before it; the answer is the first there was.
    fn compare_fault(&self, fault: &FaultExplanation, name: &str, looked: &mut Looked) {
        let laid = || fault.failed.iter().chain(&fault.late);
        for id in laid() {
            assert!(self.troubled[id].0 >= fault.at, "{name}: {:?}", self.operation(*id));
        }
        for (_, read) in fault.damage.lost.iter().chain(&fault.damage.out_of_sight) {
            assert!(end(self.operation(*read)).unwrap() >= fault.at, "{name}");
        }
        let given_up = |id: &OperationId| {
            let operation = self.operation(*id);
            let gives_up = operation.invoked + operation.timeout;
            (end(operation).unwrap_or(gives_up.min(self.run.ended_at)), *id)
        };
        let first = laid().min_by_key(|id| given_up(id));
        match fault.harm {
            Harm::Failed | Harm::Late => {
                assert_eq!(fault.operation, first.copied(), "{name}");
                let is_ok = self.operation(*first.unwrap()).is_ok();
                assert_eq!(is_ok, fault.harm == Harm::Late, "{name}");
            }
            Harm::Lost => assert!(first.is_none() && !fault.damage.is_none(), "{name}"),
            Harm::Already | Harm::None => {
                assert!(first.is_none() && fault.damage.is_none(), "{name}");
            }
        }
        self.compare_answer(fault, name, looked);
    }

    fn compare_answer(&self, fault: &FaultExplanation, name: &str, looked: &mut Looked) {
        if !matches!(fault.harm, Harm::Failed | Harm::Late) {
            return;
        }
        let explained = self.operation(fault.operation.unwrap());
        let is_alike =
            |each: &Operation| (each.workload, each.name) == (explained.workload, explained.name);
        let laid = fault.failed.iter().chain(&fault.late).map(|id| self.operation(*id));
        let begun = laid.filter(|each| is_alike(each)).map(|each| each.invoked).min().unwrap();
        let answers = self.run.history.operations().iter().filter(|each| {
            is_alike(each)
                && each.is_ok()
                && each.invoked >= begun
                && end(each).unwrap() >= fault.at
        });
        let first = answers.filter_map(end).min();
        assert_eq!(fault.answer.as_ref().map(|answer| answer.at), first, "{name}");
        let Some(answer) = &fault.answer else {
            return assert!(fault.parts.is_empty() || fault.harm == Harm::Late, "{name}");
        };
        looked.answers += 1;
        if !fault.parts.is_empty() {
            let to = if fault.harm == Harm::Failed { answer.at } else { end(explained).unwrap() };
            assert_eq!(fault.at + fault.total(), to, "{name}: {:?}", fault.parts);
        }
        let nodes = self.databases_asked(answer.operation);
        if let Some((node, label)) = answer.place.as_ref().filter(|_| !nodes.is_empty()) {
            assert_eq!(label, "database", "{name}");
            assert!(nodes.contains(node), "{name}: {node} is none of {nodes:?}");
            looked.places += 1;
        }
    }

    /// The nodes on which a database answered what was asked with the text of a post while it was
    /// going on: by what is in the messages.
    fn databases_asked(&self, id: OperationId) -> BTreeSet<Atom> {
        let operation = self.operation(id);
        if operation.action != Action::Append {
            return BTreeSet::new();
        }
        let (text, mut nodes) = (operation.value.to_string(), BTreeSet::new());
        let mut databases: BTreeSet<Pid> = BTreeSet::new();
        let mut open: BTreeMap<String, Atom> = BTreeMap::new();
        for record in self.run.trace.records() {
            let is_during = (operation.invoked..=end(operation).unwrap()).contains(&record.at);
            match &record.fact {
                Fact::Process(ProcessFact::Spawned { pid, label, .. })
                    if label.as_str() == "database" =>
                {
                    databases.insert(*pid);
                }
                Fact::Message(MessageFact::Delivered { to, message, .. })
                    if is_during && databases.contains(to) =>
                {
                    let call = message.tagged("$gen_call");
                    if let Some([from, asked]) = call
                        && asked.to_string().contains(&text)
                    {
                        open.insert(from.as_tuple().unwrap()[1].to_string(), to.node());
                    }
                }
                Fact::Message(MessageFact::Sent { from, message, .. })
                    if is_during && databases.contains(from) =>
                {
                    let tag = message.as_tuple().map(|parts| parts[0].to_string());
                    nodes.extend(tag.and_then(|tag| open.remove(&tag)));
                }
                _ => {}
            }
        }
        nodes
    }
}

/// The time after which an answer is late: three times the nearest-rank 99th percentile before
/// anything was injected, at least 100 ms; or what is promised.
fn slow(run: &Run, of: &Operation) -> Option<Duration> {
    let mut changes = run.trace.records().iter().filter(|record| {
        matches!(record.fact, Fact::Fault(FaultFact::Injected { .. } | FaultFact::Ended { .. }))
    });
    let first = changes.next().map_or(Time::MAX, |record| record.at);
    let before =
        run.history.operations().iter().filter(|each| {
            each.workload == of.workload && each.is_ok() && end(each).unwrap() < first
        });
    let mut latencies: Vec<_> = before.filter_map(Operation::latency).collect();
    latencies.sort_unstable();
    if let Some(place) = (latencies.len() * 99).div_ceil(100).checked_sub(1) {
        return Some((3 * latencies[place]).max(Duration::from_millis(100)));
    }
    run.plan.scenario.expectations.iter().find_map(|each| match each {
        Expectation::Transparent { workload, within } if *workload == of.workload => Some(*within),
        _ => None,
    })
}

fn end(operation: &Operation) -> Option<Time> {
    operation.completion.as_ref().map(|completion| completion.at)
}

/// Whether an operation was begun when another had ended.
fn follows(later: &Operation, earlier: &Operation) -> bool {
    let end = end(earlier).unwrap();
    let one_client = (later.workload, later.client) == (earlier.workload, earlier.client);
    later.invoked > end || one_client && later.invoked == end
}

/// What is said of the chat on three racks, with these faults and one change in its text.
fn chat(faults: &str, (old, new): (&str, &str)) -> (Run, Explanation) {
    let text = r#"{
        "name": "chat", "duration": "60s",
        "hosts": { "a": {}, "b": {}, "c": {}, "o": {} },
        "nodes": {
            "web@a": { "host": "a" }, "db1@a": { "host": "a" }, "db2@b": { "host": "b" },
            "spare@c": { "host": "c" }, "user@o": { "host": "o", "hidden": true },
        },
        "sync_nodes": { "optional": ["web@a", "db1@a", "db2@b"], "timeout": "1s" },
        "network": { "net_ticktime": "8s" },
        "applications": {
            "database": { "config": { "replication": "async" },
                "distributed": { "nodes": ["db1@a", "db2@b"], "timeout": "500ms" } },
            "http": { "nodes": ["web@a"] },
        },
        "workload": { "users": { "client": "chat_user", "on": "user@o", "count": 10, "rate": "20/s",
            "from": "5s", "until": "50s", "mix": { "post": 0.5, "read": 0.5 }, "timeout": "5s" } },
        "faults": [FAULTS],
    }"#;
    assert!(old.is_empty() || text.contains(old), "{old}");
    let text = text.replacen(old, new, 1).replace("FAULTS", faults);
    let programs = Programs::builtin();
    let scenario = Scenario::parse(&text, "chat.json", &programs.catalogue());
    let scenario = scenario.unwrap_or_else(|error| panic!("{error}"));
    let plan = scenario.plan(1);
    let run = Simulation::new(plan, &programs).detail(Detail::Full).with_twin().run();
    let explanation = explain(&run, &check(&run));
    Figures::of(&run).compare(&explanation, faults, &mut Looked::default());
    (run, explanation)
}

const AS_IT_IS: (&str, &str) = ("", "");

/// The node that gave the first answer after a fault.
fn place(fault: &FaultExplanation) -> Option<&str> {
    fault.answer.as_ref()?.place.as_ref().map(|(node, _)| node.as_str())
}

#[test]
fn the_node_that_goes_on_by_itself_is_named_and_not_a_failover_elsewhere() {
    let programs = Programs::builtin();
    let file = format!("{}/scenarios/partition.json", env!("CARGO_MANIFEST_DIR"));
    let scenario = Scenario::from_file(file, &programs.catalogue()).unwrap();
    let simulation = Simulation::new(scenario.plan(1), &programs).detail(Detail::Full);
    let run = simulation.with_twin().run();
    let explanation = explain(&run, &check(&run));
    let fault = &explanation.faults[0];
    assert_eq!((fault.harm, place(fault)), (Harm::Failed, Some("db1@a")));
    assert_eq!(fault.answer.as_ref().unwrap().at.to_string(), "28.660s");
    assert!(fault.steps.iter().any(|step| step.what == "database: goes on without db2@b"));
    assert!(fault.steps.iter().all(|step| !step.what.contains("failover")), "{:#?}", fault.steps);
}

#[test]
fn a_crash_that_loses_what_was_acknowledged_has_harmed_users() {
    let cut = r#"{ "at": "10s", "partition": [["db1@a"], ["db2@b"]] }, { "at": "18s", "crash": "db1@a" }"#;
    let (_, explanation) = chat(cut, AS_IT_IS);
    let [cut, crash, ..] = explanation.faults.as_slice() else { panic!("{explanation:#?}") };
    assert_eq!(cut.harm, Harm::None);
    assert!(crash.damage.lost.len() > 50, "{:?}", crash.damage);
    assert_eq!(place(crash), Some("db2@b"));
}

#[test]
fn a_service_that_never_worked_is_not_laid_to_the_first_fault() {
    let nowhere = (
        r#""client": "chat_user","#,
        r#""client": "chat_user", "config": { "servers": ["spare@c"] },"#,
    );
    let (run, explanation) = chat(r#"{ "at": "15s", "crash": "db1@a" }"#, nowhere);
    let [crash] = explanation.faults.as_slice() else { panic!("{explanation:#?}") };
    assert_eq!((crash.harm, crash.failed.len(), &crash.answer), (Harm::Already, 0, &None));
    let without = explanation.without_fault.unwrap();
    let ended = run.history.operations().iter().filter(|each| each.completion.is_some()).count();
    assert!(ended > 100 && without.failed.len() >= ended, "{ended}");
}

#[test]
fn of_several_faults_the_one_is_named_that_took_something_away() {
    for (faults, reason) in [
        // What strikes a moment later, elsewhere or without any effect on users.
        (r#"{ "at": "20s", "crash": "db1@a" }, { "at": "20.01s", "crash": "spare@c" }"#, 0),
        (r#"{ "at": "19.99s", "pause": "spare@c" }, { "at": "20s", "crash": "db1@a" }"#, 1),
        (
            r#"{ "at": "20s", "pause": "db1@a" }, { "at": "20.01s", "clock_drift": "web@a", "ppm": 100 }"#,
            0,
        ),
    ] {
        let (_, explanation) = chat(faults, AS_IT_IS);
        for (place, fault) in explanation.faults.iter().enumerate() {
            let harmed = fault.failed.len() + fault.late.len();
            assert_eq!(harmed > 0, place == reason, "{faults}: {:#?}", explanation.faults);
        }
    }
}

#[test]
fn a_client_that_never_got_an_answer_is_told() {
    let faults = r#"{ "at": "20s", "crash": "db1@a" }, { "at": "20.3s", "crash": "user@o" }"#;
    let (run, explanation) = chat(faults, AS_IT_IS);
    let open = run.history.iter().filter(|(_, each)| each.completion.is_none());
    let open: Vec<OperationId> = open.map(|(id, _)| id).collect();
    assert!(!open.is_empty());
    let failed = explanation.faults.iter().flat_map(|fault| &fault.failed);
    let failed: Vec<&OperationId> = failed.collect();
    assert!(open.iter().all(|id| failed.contains(&id)), "{open:?}: {explanation:#?}");
}

#[test]
fn nobody_is_harmed_by_what_comes_after_the_last_operation() {
    let (_, explanation) = chat(r#"{ "at": "59s", "crash": "db1@a" }"#, AS_IT_IS);
    let [crash] = explanation.faults.as_slice() else { panic!("{explanation:#?}") };
    assert_eq!((crash.harm, crash.operation, crash.touched), (Harm::None, None, 0));
    assert!(explanation.without_fault.is_none());
}

#[test]
fn a_loss_that_is_noticed_later_is_laid_to_what_took_it_away() {
    // Both sides serve users during the cut; what the one took is gone when the other has won.
    let programs = Programs::builtin();
    let file = format!("{}/tests/story/rpo-of-a-heal.json", env!("CARGO_MANIFEST_DIR"));
    let scenario = Scenario::from_file(file, &programs.catalogue()).unwrap();
    let simulation = Simulation::new(scenario.plan(1), &programs).detail(Detail::Full);
    let run = simulation.with_twin().run();
    let explanation = explain(&run, &check(&run));
    Figures::of(&run).compare(&explanation, "rpo-of-a-heal", &mut Looked::default());
    let lost: usize = explanation.faults.iter().map(|fault| fault.damage.lost.len()).sum();
    assert_eq!(lost, 90);
    assert!(explanation.without_fault.is_none_or(|without| without.damage.is_none()));
    let summary = &check(&run).findings[0].summary;
    assert!(summary.contains("before \"network healed\""), "{summary}");
}
