//! What a verdict says of runs that are easily taken for something else: several groups of users,
//! faults that change nothing, clients that panic, runs that get quiet, and nothing expected.

use nodedown::history::{Action, Invocation, Outcome};
use nodedown::prelude::*;
use nodedown::report::{run_json, story};
use nodedown::runtime::BoxedProcess;
use nodedown::shape::NameKind;
use nodedown::simulation::Run;
use nodedown::verdict::{Conclusion, Verdict, check};

/// Holds one value.
struct Cell(Term);

impl GenServer for Cell {
    type Call = Term;
    type Cast = Term;
    type Reply = Term;

    async fn handle_call(
        &mut self,
        _: &Context,
        _: Caller,
        request: Term,
    ) -> Result<Reply<Term>, Exit> {
        assert!(!request.is_atom("panic"), "the cell is broken");
        if let Some([value]) = request.tagged("write") {
            self.0 = value.clone();
        }
        Ok(Reply::now(self.0.clone()))
    }
}

struct CellService;

impl Service for CellService {
    fn info(&self) -> ProgramInfo {
        ProgramInfo { name: "cell", about: "Holds a value.", config: vec![], operations: vec![] }
    }

    fn application(&self, setup: &ServiceSetup) -> ApplicationSpec {
        let name = setup.name.as_str();
        ApplicationSpec::new(name, move |ctx, _| async move {
            let server = ChildSpec::worker("server", move |ctx| async move {
                let local = Atom::new(&format!("{name}_server"));
                let options = gen_server::Options::new("server").local(local);
                let start = |_| async { Ok(Init::Ok(Cell(Term::atom("undefined")))) };
                gen_server::start_link(&ctx, options, start).await
            });
            supervisor::start_link(&ctx, None, supervisor::Flags::default(), vec![server]).await
        })
    }
}

/// Writes and reads a cell.
struct Keeper(&'static str);

impl Client for Keeper {
    fn info(&self) -> ProgramInfo {
        let cell = Shape::Name(NameKind::Application);
        ProgramInfo {
            name: self.0,
            about: "Writes and reads.",
            config: vec![Field::optional("cell", cell, "The cell; the first one otherwise.")],
            operations: vec!["write", "read", "panic", "break"],
        }
    }

    fn start(&self, setup: ClientSetup) -> Box<dyn FnOnce(Context) -> BoxedProcess> {
        Box::new(|ctx| Box::pin(keep(ctx, setup)))
    }
}

async fn keep(ctx: Context, setup: ClientSetup) -> ExitResult {
    let first = || setup.directory.service("cell").next().unwrap();
    let named = setup.config["cell"].as_str().map(Atom::new);
    let named = named.and_then(|name| setup.directory.application(name));
    let cell = named.unwrap_or_else(first).clone();
    let server = (Atom::new(&format!("{}_server", cell.name)), cell.nodes[0]);
    loop {
        let message = ctx.receive_where(|message| message.tagged("operation").is_some()).await;
        let [Term::Atom(name), number, _] = message.tagged("operation").unwrap() else { panic!() };
        let value = Term::from(format!("{} {number}", setup.workload));
        let (action, value, request) = match name.as_str() {
            "write" => (Action::Write, value.clone(), tuple![atom!("write"), value]),
            "read" => (Action::Read, Term::atom("undefined"), Term::atom("read")),
            "break" => (Action::Other, Term::atom("undefined"), Term::atom("panic")),
            other => panic!("nobody knows how to {other}"),
        };
        let invocation = Invocation {
            workload: setup.workload,
            client: setup.client,
            name: *name,
            action,
            key: Term::from("the cell"),
            value,
            timeout: setup.timeout,
        };
        let id = setup.history.invoke(&ctx, invocation);
        let outcome = match gen_server::call::<Term>(&ctx, server, request).await {
            Ok(answer) => Outcome::Ok(answer),
            Err(_) => Outcome::Unknown(Term::atom("down")),
        };
        setup.history.complete(&ctx, id, outcome);
    }
}

fn programs() -> Programs {
    let programs = Programs::builtin().with_service(CellService);
    programs.with_client(Keeper("keeper")).with_client(Keeper("looker"))
}

fn run_text(text: &str) -> (Run, Verdict) {
    let programs = programs();
    let scenario = Scenario::parse(text, "verdicts.json", &programs.catalogue());
    let scenario = scenario.unwrap_or_else(|error| panic!("{error}"));
    let run = Simulation::new(scenario.plan(1), &programs).run();
    let verdict = check(&run);
    (run, verdict)
}

fn run_file(name: &str) -> (Run, Verdict) {
    let path = format!("{}/tests/verdicts/{name}.json", env!("CARGO_MANIFEST_DIR"));
    run_text(&std::fs::read_to_string(path).unwrap())
}

/// Two cells and their users; `log` is there to be struck.
fn cells(workload: &str, faults: &str, expect: &str) -> (Run, Verdict) {
    run_text(&format!(
        r#"{{
            "name": "cells", "duration": "30s",
            "hosts": {{ "x": {{}}, "y": {{}}, "z": {{}} }},
            "nodes": {{ "a@x": {{ "host": "x" }}, "b@y": {{ "host": "y" }}, "c@z": {{ "host": "z" }} }},
            "applications": {{
                "one": {{ "service": "cell", "nodes": ["a@x"] }},
                "two": {{ "service": "cell", "nodes": ["a@x"] }},
                "log": {{ "nodes": ["b@y"] }}
            }},
            "workload": {{ {workload} }},
            "faults": [{faults}],
            "expect": [{expect}],
        }}"#
    ))
}

fn users(name: &str, client: &str, cell: &str, operations: &[(u32, &str)]) -> String {
    let config = if cell.is_empty() {
        String::new()
    } else {
        format!(r#""config": {{ "cell": "{cell}" }}, "#)
    };
    let operations =
        operations.iter().map(|(at, what)| format!(r#"{{ "at": "{at}s", "do": "{what}" }}"#));
    let operations = operations.collect::<Vec<_>>().join(", ");
    format!(
        r#""{name}": {{ "client": "{client}", "on": "c@z", "count": 1, {config}"operations": [{operations}] }}"#
    )
}

fn whys(verdict: &Verdict) -> Vec<&str> {
    verdict.doubts.iter().map(|doubt| doubt.why.as_str()).collect()
}

fn told(run: &Run) -> Vec<String> {
    story(run).iter().map(|line| format!("{} {}", line.who, line.what)).collect()
}

const CRASH: &str = r#"{ "at": "5s", "crash": "b@y" }"#;
const LINEARIZABLE: &str = r#"{ "linearizable": "east" }"#;

#[test]
fn what_one_group_of_users_reads_another_has_written() {
    let (_, verdict) = run_file("two-workloads");
    let finding = &verdict.findings[0];
    assert_eq!(finding.result, Conclusion::Inconclusive, "{finding:?}");
    assert!(finding.summary.contains("east and west use one service"), "{finding:?}");
}

#[test]
fn clients_of_ones_own_are_judged_together_where_they_use_one_service() {
    let writes: &[(u32, &str)] = &[(2, "write"), (10, "write")];
    let reads: &[(u32, &str)] = &[(3, "read"), (11, "read")];
    for (clients, cells_of, together) in [
        (["keeper", "keeper"], ["", ""], true),
        (["keeper", "looker"], ["", ""], true),
        (["keeper", "looker"], ["two", "two"], true),
        (["keeper", "keeper"], ["one", "two"], false),
        (["keeper", "looker"], ["one", "two"], false),
    ] {
        let east = users("east", clients[0], cells_of[0], writes);
        let west = users("west", clients[1], cells_of[1], reads);
        let (_, verdict) = cells(&format!("{east}, {west}"), CRASH, LINEARIZABLE);
        let finding = &verdict.findings[0];
        // Those of the east only write: by themselves they see nothing that could be wrong.
        let (result, said): (_, &[&str]) = if together {
            (Conclusion::Pass, &["judged together", "in 4 operations"])
        } else {
            (Conclusion::Inconclusive, &["nothing was read after the fault"])
        };
        assert_eq!(finding.result, result, "{clients:?} {cells_of:?} {finding:?}");
        assert!(said.iter().all(|part| finding.summary.contains(part)), "{cells_of:?} {finding:?}");
    }
}

#[test]
fn faults_that_change_nothing_are_told_and_do_not_count() {
    let (run, verdict) = run_file("inert-faults");
    assert_eq!(verdict.conclusion, Conclusion::Inconclusive);
    assert!(verdict.findings.iter().all(|each| each.result == Conclusion::Inconclusive));
    let told = told(&run);
    for line in [
        "fault had no effect: db1@a goes on (db1@a does not stand still)",
        "fault had no effect: db1@a is started (db1@a is up)",
        "fault had no effect: exit signal kill to database on db2@a (there is no database on db2@a)",
    ] {
        assert!(told.iter().any(|found| found == line), "{line}: {told:#?}");
    }
    assert!(whys(&verdict)[0].starts_with("no fault had an effect: db1@a goes on"), "{verdict:?}");
    assert_eq!(verdict.figures.faults, []);
}

#[test]
fn a_client_that_panics_is_told_and_what_it_did_not_do_is_missed() {
    let operations = [(2, "write"), (6, "write"), (7, "panic"), (8, "write"), (9, "read")];
    let east = users("east", "keeper", "", &operations);
    let (run, verdict) = cells(&east, CRASH, LINEARIZABLE);
    assert_eq!(verdict.conclusion, Conclusion::Inconclusive);
    let whys = whys(&verdict);
    let panic = "client 0 of east panicked at tests/scenario/verdicts.rs:";
    assert!(
        whys[0].starts_with(panic) && whys[0].contains("nobody knows how to panic"),
        "{whys:?}"
    );
    let missed = "3 of 5 planned operations of east never began: client 0 had ended";
    assert_eq!(whys[1], missed);
    let told = told(&run);
    let line = "c@z keeper panicked at tests/scenario/verdicts.rs:";
    assert!(told.iter().any(|found| found.starts_with(line)), "{told:#?}");
}

#[test]
fn a_server_that_panics_is_told_with_the_place() {
    let east = users("east", "keeper", "", &[(2, "break"), (6, "write"), (7, "read")]);
    let (run, _) = cells(&east, CRASH, LINEARIZABLE);
    let told = told(&run);
    let line = "a@x one_server panicked at tests/scenario/verdicts.rs:";
    assert!(told.iter().any(|found| found.starts_with(line)), "{told:#?}");
}

#[test]
fn clients_whose_node_is_gone_begin_nothing() {
    let east = users("east", "keeper", "", &[(2, "write"), (6, "read"), (8, "write")]);
    let (_, verdict) = cells(&east, r#"{ "at": "5s", "crash": "c@z" }"#, LINEARIZABLE);
    let missed = "2 of 3 planned operations of east never began: client 0 had ended";
    assert!(whys(&verdict).contains(&missed), "{:?}", verdict.doubts);
    assert_ne!(verdict.conclusion, Conclusion::Pass);
}

#[test]
fn a_run_that_gets_quiet_lasts_to_its_end() {
    let (run, verdict) = run_file("quiescent");
    assert_eq!(run.ended_at.to_string(), "60.000s");
    let results = verdict.findings.iter().map(|each| (each.expectation.to_string(), each.result));
    assert_eq!(verdict.conclusion, Conclusion::Violated, "{:#?}", results.collect::<Vec<_>>());
    assert!(verdict.findings.iter().all(|each| each.result != Conclusion::Inconclusive));
    let absent = verdict.figures.applications[0].absent;
    assert!(verdict.findings.len() == 2 && absent.as_secs() < 60, "{absent:?}");
}

#[test]
fn the_first_to_notice_is_before_the_last() {
    let (_, verdict) = run_file("detection-order");
    let (first, last) = verdict.figures.faults[0].detection_times().unwrap();
    assert!(first < last, "{first:?} {last:?}");
}

#[test]
fn nothing_expected_is_no_pass() {
    for expect in ["", r#"], "invariants": ["#] {
        let east = users("east", "keeper", "", &[(2, "write"), (6, "read")]);
        let (run, verdict) = cells(&east, CRASH, expect);
        assert_eq!(verdict.conclusion, Conclusion::Inconclusive);
        assert!(whys(&verdict)[0].starts_with("nothing was expected of this run"));
        let json = serde_json::to_value(run_json(&run, &verdict)).unwrap();
        assert_eq!(json["verdict"], "inconclusive");
        assert_eq!(json["doubts"][0]["wanted"], "something is expected");
    }
}

#[test]
fn nothing_expected_passes_in_no_sweep_and_no_test() {
    let (run, _) = run_file("detection-order");
    let runs = run.plan.scenario.run_seeds(1..3, &programs());
    assert!(
        runs.results
            .runs
            .iter()
            .all(|run| run.ended == nodedown::explore::RunConclusion::Inconclusive)
    );
    let passes = std::panic::catch_unwind(|| runs.assert_pass()).unwrap_err();
    let message = passes.downcast_ref::<String>().unwrap();
    assert!(message.contains("nothing was expected of this run"), "{message}");
}
