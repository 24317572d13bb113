//! What runs of services without a model say of their fault tolerance, and of where they run.

use nodedown::history::{Action, Invocation, Outcome};
use nodedown::prelude::*;
use nodedown::runtime::BoxedProcess;
use nodedown::verdict::{Finding, Tolerance};

/// Counts how often it is asked, and answers with the count, or with what `answer` says.
struct Tally {
    count: i64,
    answer: String,
}

impl GenServer for Tally {
    type Call = Term;
    type Cast = Term;
    type Reply = Term;

    async fn handle_call(
        &mut self,
        ctx: &Context,
        caller: Caller,
        _: Term,
    ) -> Result<Reply<Term>, Exit> {
        self.count += 1;
        let (count, node) = (self.count, ctx.node());
        Ok(Reply::now(match self.answer.as_str() {
            "where" => tuple![node, ctx.pid(), count],
            "near" => tuple![i64::from(caller.pid.node() == node), count],
            "spelled" => tuple![Term::from(node.as_str().len() as u64), count],
            "crowd" => tuple![Term::from(ctx.nodes().len() as u64), count],
            _ => count.into(),
        }))
    }
}

struct TallyService;

impl Service for TallyService {
    fn info(&self) -> ProgramInfo {
        let answers = Shape::Choice(vec!["count", "where", "near", "spelled", "crowd"]);
        ProgramInfo {
            name: "tally",
            about: "Counts.",
            config: vec![Field::default("answer", answers, "count", "What it answers.")],
            operations: vec![],
        }
    }

    fn application(&self, setup: &ServiceSetup) -> ApplicationSpec {
        let answer = setup.config["answer"].as_str().unwrap().to_owned();
        ApplicationSpec::new(setup.name.as_str(), move |ctx, _| {
            let answer = answer.clone();
            async move {
                let server = ChildSpec::worker("tally", move |ctx| {
                    let answer = answer.clone();
                    async move {
                        let options = gen_server::Options::new("tally").local("tally");
                        let start = |_| async { Ok(Init::Ok(Tally { count: 0, answer })) };
                        gen_server::start_link(&ctx, options, start).await
                    }
                });
                supervisor::start_link(&ctx, None, supervisor::Flags::default(), vec![server]).await
            }
        })
    }
}

/// Asks the tally of the first node that has one.
struct Asker;

impl Client for Asker {
    fn info(&self) -> ProgramInfo {
        ProgramInfo { name: "asker", about: "Asks.", config: vec![], operations: vec!["ask"] }
    }

    fn start(&self, setup: ClientSetup) -> Box<dyn FnOnce(Context) -> BoxedProcess> {
        Box::new(|ctx| Box::pin(ask(ctx, setup)))
    }
}

async fn ask(ctx: Context, setup: ClientSetup) -> ExitResult {
    let node = setup.directory.service("tally").next().unwrap().nodes[0];
    loop {
        ctx.receive_where(|message| message.tagged("operation").is_some()).await;
        let invocation = Invocation {
            workload: setup.workload,
            client: setup.client,
            name: Atom::new("ask"),
            action: Action::Other,
            key: Term::from("tally"),
            value: Term::atom("undefined"),
            timeout: setup.timeout,
        };
        let id = setup.history.invoke(&ctx, invocation);
        let server = (Atom::new("tally"), node);
        let outcome = match gen_server::call::<Term>(&ctx, server, Term::atom("ask")).await {
            Ok(answer) => Outcome::Ok(answer),
            Err(_) => Outcome::Failed(Term::atom("down")),
        };
        setup.history.complete(&ctx, id, outcome);
    }
}

/// The only finding of a run, and what kind of fault tolerance its users saw.
fn finding(answer: &str, faults: &str, expect: &str) -> (Finding, Tolerance) {
    finding_with(answer, faults, expect, ["", ""])
}

/// As above, with something more about the node of the users, and about the whole.
fn finding_with(
    answer: &str,
    faults: &str,
    expect: &str,
    [users_node, more]: [&str; 2],
) -> (Finding, Tolerance) {
    let programs = Programs::builtin().with_service(TallyService).with_client(Asker);
    let text = format!(
        r#"{{
            "name": "tally", "duration": "40s", {more}
            "hosts": {{ "x": {{}}, "y": {{}}, "z": {{}} }},
            "nodes": {{ "a@x": {{ "host": "x" }}, "b@y": {{ "host": "y" }}, "c@z": {{ "host": "z"{users_node} }} }},
            "sync_nodes": {{ "optional": ["a@x", "b@y"], "timeout": "1s" }},
            "applications": {{
                "tally": {{ "nodes": ["a@x"], "config": {{ "answer": "{answer}" }} }},
                "log": {{ "nodes": ["b@y"] }}
            }},
            "workload": {{ "users": {{ "client": "asker", "on": "c@z", "count": 1, "rate": "1/s",
                "arrivals": "even", "from": "2s", "until": "35s" }} }},
            "faults": [{faults}],
            "expect": [{expect}],
        }}"#
    );
    let scenario = Scenario::parse(&text, "tally.json", &programs.catalogue());
    let scenario = scenario.unwrap_or_else(|error| panic!("{error}"));
    let verdict = check(&Simulation::new(scenario.plan(1), &programs).run());
    let kind = verdict.figures.workloads[0].tolerance.kind;
    (verdict.findings[0].clone(), kind)
}

#[track_caller]
fn expect(found: &(Finding, Tolerance), result: Conclusion, text: &str) {
    let finding = &found.0;
    let witness = finding.witness.as_ref().map(|witness| witness.texts.join("\n"));
    let told = format!("{}\n{}", finding.summary, witness.unwrap_or_default());
    assert_eq!(finding.result, result, "{told}");
    assert!(told.contains(text), "{told}");
}

const FAIL_SAFE: &str = r#"{ "fail_safe": "users" }"#;

#[test]
fn a_fault_that_users_do_not_notice_is_explained_by_a_run_without_it() {
    let found = finding("count", r#"{ "at": "20s", "crash": "b@y" }"#, FAIL_SAFE);
    expect(&found, Conclusion::Pass, "equal to a run without faults");
    assert_eq!(found.1, Tolerance::Masking);
}

#[test]
fn a_service_that_forgets_is_not_explained() {
    for fault in [
        r#"{ "at": "20s", "crash": "a@x", "restart_after": "1s" }"#,
        r#"{ "at": "10s", "crash": "a@x", "restart_after": "100ms" }"#,
    ] {
        let found = finding("count", fault, FAIL_SAFE);
        expect(&found, Conclusion::Violated, "without faults the answer is ");
        assert_eq!(found.1, Tolerance::NotEvenFailSafe);
    }
}

const LOCATION: &str = r#"{ "location_transparent": "users" }"#;

#[test]
fn a_service_that_does_not_look_where_it_runs_may_run_anywhere() {
    for answer in ["count", "where"] {
        expect(&finding(answer, "", LOCATION), Conclusion::Pass, "the same 33 answers");
    }
    let eight = r#"{ "location_transparent": "users", "placements": 8 }"#;
    expect(&finding("count", "", eight), Conclusion::Pass, "placed by lot, number 5");
}

#[test]
fn nobody_can_tell_of_a_service_that_cannot_be_placed_otherwise() {
    let strangers = finding_with("count", "", LOCATION, [r#", "cookie": "other""#, ""]);
    expect(&strangers, Conclusion::Inconclusive, "have different cookies");
}

#[test]
fn nobody_can_tell_of_runs_that_were_given_up() {
    let given_up = finding_with("count", "", LOCATION, ["", r#""event_budget": 400,"#]);
    expect(&given_up, Conclusion::Inconclusive, "a run was given up before its end");
}

#[test]
fn a_service_that_looks_where_it_runs_is_caught() {
    let near = finding("near", "", LOCATION);
    expect(&near, Conclusion::Violated, "a difference when the applications are all on one node");
    expect(&near, Conclusion::Violated, "as written: users/0 ask");
    let spelled = finding("spelled", "", LOCATION);
    expect(&spelled, Conclusion::Violated, "when the applications are all on one host");
    expect(&spelled, Conclusion::Violated, "answered {3,1}");
    let crowd = finding("crowd", "", LOCATION);
    expect(&crowd, Conclusion::Violated, "a difference when the applications are");
}

/// What is found of something that a program asks of the world of the tally at each step.
fn asked(ask: impl FnOnce(Simulation<'_>) -> Simulation<'_>) -> Finding {
    let programs = Programs::builtin();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/no-standby.json");
    let scenario = Scenario::from_file(file, &programs.catalogue()).unwrap();
    let run = ask(Simulation::new(scenario.plan(1), &programs)).run();
    check(&run).findings.last().unwrap().clone()
}

#[test]
fn what_a_program_asks_of_the_world_holds_is_broken_or_never_was() {
    let databases = |world: &World| {
        let name = Atom::new("database");
        world.nodes().into_iter().filter(|node| world.whereis(*node, name).is_some()).count()
    };
    let at_most = |most: usize| {
        move |world: &World| match databases(world) {
            count if count > most => Err(format!("{count} databases")),
            _ => Ok(()),
        }
    };
    let held = asked(|simulation| simulation.invariant("one database at most", at_most(1)));
    assert_eq!(held.result, Conclusion::Pass, "{held:?}");
    let broken = asked(|simulation| simulation.invariant("no database", at_most(0)));
    assert_eq!(broken.result, Conclusion::Violated, "{broken:?}");
    assert!(broken.summary.starts_with("1 databases at "), "{broken:?}");
    let early = |world: &World| {
        let is_late = world.now() > Time::ZERO + Duration::from_secs(20);
        if is_late { Err("it is late".to_owned()) } else { Ok(()) }
    };
    let broken = asked(|simulation| simulation.invariant("it is early", early));
    assert_eq!(broken.result, Conclusion::Violated, "{broken:?}");
    let seen = asked(|simulation| simulation.sometimes("a database", move |it| databases(it) == 1));
    assert_eq!(seen.result, Conclusion::Pass, "{seen:?}");
    let never = asked(|simulation| simulation.sometimes("two", move |it| databases(it) == 2));
    assert_eq!(never.result, Conclusion::Inconclusive, "{never:?}");
}

/// Two workloads that use one service, and what their tolerance lines say of one another: the service
/// promises the same to both, even if only one of them names it.
#[test]
fn users_of_one_service_are_judged_by_what_it_claims() {
    let folder = "scenarios/lessons/40-numbers-that-merge/start.json";
    let text = std::fs::read_to_string(folder).unwrap();
    let kinds = |mutation: &str, expect: &str| {
        let read = r#"{ "at": "35s", "do": "read" }"#;
        let text = text
            .replace(r#", "mutation": "add_totals""#, mutation)
            .replacen(r#""model": "counter","#, r#""model": "counter", "claims": ["eventual"],"#, 1)
            .replacen(read, &format!(r#"{{ "at": "25s", "do": "read" }}, {read}"#), 1)
            .replace(r#"[{ "linearizable": "bob" }]"#, expect);
        let programs = Programs::builtin();
        let scenario = Scenario::parse(&text, "start.json", &programs.catalogue());
        let scenario = scenario.unwrap_or_else(|error| panic!("{error}"));
        let verdict = check(&Simulation::new(scenario.plan(1), &programs).run());
        let lines = verdict
            .figures
            .workloads
            .iter()
            .map(|each| (each.tolerance.kind, each.tolerance.explanation.clone()));
        lines.collect::<Vec<_>>()
    };
    let sound = kinds("", "[]");
    assert_eq!(sound[0].0, Tolerance::Masking, "{sound:?}");
    assert_eq!(sound[0], sound[1]);
    let wrong = kinds(r#", "mutation": "add_totals""#, "[]");
    assert!(wrong[0].1.contains("in the end"), "{wrong:?}");
    assert_eq!(wrong[0], wrong[1]);
    // What is expected of the other one is another matter, and is said.
    let expected = kinds("", r#"[{ "linearizable": "bob" }]"#);
    assert_eq!(expected[0], sound[0]);
    assert_eq!(expected[1].1, "linearizable");
}
